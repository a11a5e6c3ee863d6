#!/bin/bash
# kvstore bench, as its user meets it: in its process, on a server, files, exit codes, Ctrl-C.
set -u
. "$(dirname "$0")/../support/checks.sh"
directory=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; rm -rf "$directory"' EXIT
cd "$directory" || exit 1

all='fill overwrite read append readrange scan mixed ycsb-a ycsb-b ycsb-c ycsb-d ycsb-e ycsb-f'

in_process() {
  # shellcheck disable=SC2086  # words
  expect 0 bench $all --count 200 --keys 50 --sync none --sizes 10,2k --clients 1,3 || return
  local name
  for name in $all; do
    [ "$(grep -c "^$name  *[0-9]" <<< "$output")" = 4 ] || { echo "no 4 rows of $name: $output"; return 1; }
  done
  says 'in this process, --sync none' && says 'from sending' && says 'throughput' && [ "$(ls)" = '' ]
}
check "each workload is measured in this process, and leaves no file" in_process

pictures() {
  expect 0 bench fill read --count 100 --sync none --json --svg out.svg && says '"workload": "read"' &&
    says '"operations": 100' && grep -q '</svg>' out.svg || return
  cp out.svg before.svg
  expect 4 bench fill --count 100 --svg out.svg && says 'out.svg exists' && cmp out.svg before.svg
}
check "--json and --svg have the results, and replace no file" pictures

picture_out() {
  expect 0 bench fill --count 100 --sync none -q --svg - && [[ $output == '<svg'*'</svg>' ]] && [ ! -e ./- ] || return
  expect 2 bench fill --count 100 --json --svg - && says 'both write to standard output'
}
check "--svg - is standard output, and nothing else is there" picture_out

no_space() {
  output=$(ulimit -f 3000; trap '' XFSZ; "$KVSTORE" bench fill -q --no-chart --count 100000 --sync none --file full.bin 2> errors)
  local got=$?
  rm -f full.bin
  [ $got = 7 ] && grep -q '^kvstore: FULL: ' errors || { echo "exit code $got: $(cat errors)"; return 1; }
  says 'ended after 1,000 errors, ' && [[ $output != *--seconds* ]]
}
check "a disk that becomes full is said, and is why it ended" no_space

lists() {
  local list
  for list in 1,,2 ,1 1,; do
    expect 2 bench fill --count 10 --clients "$list" && says "beside a comma of $list" || return
    expect 2 bench fill --count 10 "--sizes=$list" && says 'try: --sizes 64,1k,64k' || return
  done
}
check "nothing between commas is no number" lists

kept() {
  expect 0 bench fill --count 100 --sync none --file kept.bin && says 'kept.bin is kept' || return
  [ "$("$KVSTORE" kept.bin COUNT)" = 100 ] && "$KVSTORE" verify kept.bin > verified || return
  expect 4 bench fill --count 10 --file kept.bin && says 'kept.bin exists' && [ "$("$KVSTORE" kept.bin COUNT)" = 100 ]
}
check "--file makes a database and keeps it, and takes none that is there" kept

on_a_server() {
  "$KVSTORE" data.bin SET mine 1 && serve data.bin || return
  local protocol
  for protocol in text resp; do
    # shellcheck disable=SC2086  # words
    expect 0 bench --connect "$address" --protocol $protocol $all --count 100 --keys 40 --clients 1,3 &&
      expect 0 bench --connect "$address" --protocol $protocol fill read ycsb-d ycsb-f --count 500 --pipeline 16 || return
  done
  expect 0 bench --connect "$address" read --rate 2000 --count 100 --json && says '"from": "schedule"' || return
  [ "$("$KVSTORE" connect "$address" KEYS)" = mine ]
}
check "a server is measured in both protocols, and keeps only what is its own" on_a_server

failing() {
  local other=$server
  serve data.bin --read-only || return
  expect 1 bench --connect "$address" fill --count 50 && says READONLY || return
  expect 1 bench --connect "$address" read --count 50 && says READONLY
  local code=$?
  kill "$server"
  server=$other
  return $code
}
check "writes that are refused are errors, and the exit code says so" failing
kill "$server"
wait "$server" 2> /dev/null

wrong_use() {
  expect 2 bench nonsense && says "'nonsense' is not one of fill, overwrite" && says 'kvstore bench fill' || return
  expect 2 bench --sizes 0 && says "'0' is not a size" && says '--sizes 64,1k,64k' || return
  expect 2 bench --sizes 64,1k,x && says "'x' is not a size" && expect 2 bench --sizes 1g && says 'limit of one write' || return
  expect 2 bench --clients 0 && expect 2 bench --keys 0 && expect 2 bench --rate 0 && expect 2 bench --count 0 || return
  expect 2 bench --pipeline 4 && says 'needs --connect' && expect 2 bench --protocol resp && says 'needs --connect' || return
  expect 2 bench --connect 1 --sync none && says 'has its own' && expect 2 bench --connect nowhere && says 'HOST' || return
  expect 2 bench --sync never && expect 4 bench --connect 127.0.0.1:1 && says 'cannot connect'
}
check "what cannot be measured is said" wrong_use

interrupted() {
  (trap - INT; exec "$KVSTORE" bench read --keys 100 --seconds 1000 > said 2>&1) &
  local pid=$! code _
  for _ in {1..200}; do
    grep -q workload said && break
    sleep 0.05
  done
  kill -INT $pid
  wait $pid
  code=$?
  output=$(cat said)
  # Ended while it loaded it has no row.
  [ $code = 130 ] && { ! grep -q '^read ' said || says 'interrupted after'; }
}
check "Ctrl-C ends it, and what there is is shown" interrupted

[ $failures = 0 ]
