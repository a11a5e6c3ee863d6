#!/bin/bash
# Every sample runs and prints what it should (expected/, beside this file;
# "..." there stands for what differs from run to run).
set -u
here=$(cd "$(dirname "$0")" && pwd)
samples=$KVSTORE_SOURCE/samples
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

check() {  # check NAME COMMAND...: runs it in an empty directory
  local name=$1 work=$folder/$1 status
  shift
  mkdir "$work"
  (cd "$work" && "$@") > "$folder/$name.actual" 2>&1
  status=$?
  [ $status = 0 ] && awk -f "$here/compare.awk" "$here/expected/$name.txt" "$folder/$name.actual" && return
  failures=$((failures + 1))
  echo "$name (exit code $status): "
  diff -u --label expected --label printed "$here/expected/$name.txt" "$folder/$name.actual"
}

piped() { "$KVSTORE" data.bin < "$1"; }
# A script that begins by deleting its keys can be run again.
piped_twice() { piped "$1" > first && piped "$1"; }
from_csv() { "$samples/make_market.sh" | cmp - "$samples/market.kv" && echo "market.kv is what the CSV says"; }
# What was appended is, in order, all of what came in.
ingest() {
  "$samples/ingest.sh" weather.bin < "$samples/data/seattle-weather.csv" &&
    for year in 2012 2013 2014 2015; do
      for month in 01 02 03 04 05 06 07 08 09 10 11 12; do
        "$KVSTORE" --no-newline weather.bin GET "weather:$year-$month"
      done
    done > came_out
  tail -n +2 "$samples/data/seattle-weather.csv" | cmp - came_out && echo "all of it came out again"
}
# What it counted before is still there.
counted_twice() {
  echo 'one word, another word, one word' > text
  "$samples/coprocess.sh" words.bin < text > first && "$samples/coprocess.sh" words.bin < text
}

check quickstart piped "$samples/quickstart.kv"
check market piped_twice "$samples/market.kv"
check leaderboard piped_twice "$samples/leaderboard.kv"
check make_market from_csv
check ingest ingest
check coprocess counted_twice
check nc_session "$samples/nc-session.sh"

echo "$failures samples differ"
[ $failures = 0 ]
