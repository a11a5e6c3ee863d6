#!/bin/bash
# kvstore export --connect: what a server has, as its file has it.
set -u
. "$(dirname "$0")/../support/checks.sh"
directory=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; rm -rf "$directory"' EXIT
cd "$directory" || exit 1
unset KVSTORE_URL KVSTORE_PASSWORD

{
  for i in {1..1200}; do echo "SET key:$i \"value $i\" PXAT $((4102444800000 + i))"; done
  echo 'SET "" "of an empty key"'
  printf 'SET "\\xff\\x00\\n" "\\x00\\xff"\n'
  echo 'SET empty ""'
  for i in {1..20}; do echo "ZADD set:$i $i a inf b -inf \"\\xfe\" 0.1 d"; done
  echo 'PEXPIREAT set:7 4102444800000'
  echo 'ZREM set:9 a'
  for i in {1..40}; do
    printf 'ZADD long'
    for j in {1..50}; do printf ' %s "a member of some length: %s"' "$i.$j" "$i-$j"; done
    echo
  done
} | "$KVSTORE" --sync none data.bin > /dev/null
head -c 5000000 /dev/urandom | "$KVSTORE" data.bin -x SET "0 random"
head -c 65536 /dev/zero | "$KVSTORE" data.bin -x SET zeros
serve data.bin || exit 1

each_format() {
  local format
  for format in kv jsonl csv resp; do
    cmp <("$KVSTORE" export --format $format data.bin) \
      <("$KVSTORE" export --format $format --connect "$address") || return
    cmp <("$KVSTORE" export --format $format --prefix set: data.bin) \
      <("$KVSTORE" export --format $format --prefix set: --connect "$address") || return
  done
  expect 0 export --connect "$address" out.jsonl && says "wrote 1,226 keys to out.jsonl" || return
  expect 0 import copy.bin out.jsonl && cmp <("$KVSTORE" export data.bin) <("$KVSTORE" export copy.bin) || return
  expect 0 export --connect "$address" --prefix nothing && [ -z "$output" ]
}
check "a server's export is its file's, byte for byte, in each format" each_format

one_moment() {
  "$KVSTORE" connect "$address" MSET pair:a 0 pair:b 0 > /dev/null
  (for i in {1..100000}; do echo "MSET pair:a $i pair:b $i"; done) | "$KVSTORE" connect "$address" > /dev/null &
  local writer=$! i
  for i in {1..20}; do
    [ "$("$KVSTORE" export --connect "$address" --prefix pair: --format csv | sed 1d | cut -d, -f2 | uniq | wc -l)" = 1 ] ||
      { kill $writer; return 1; }
  done
  kill $writer 2> /dev/null
  wait $writer 2> /dev/null
  true
}
check "an export beside writers is of one moment" one_moment

wrong_use() {
  expect 2 export --connect "$address" a b && says 'there is no FILE, only OUT' || return
  expect 2 export --connect "$address" --history && says 'need a file' || return
  expect 2 export --connect "$address" --at 5 && says 'need a file' || return
  expect 2 export --user bob data.bin && says 'are of a server' || return
  expect 2 export && says 'FILE is required' || return
  expect 2 export "$address" && says "try: kvstore export --connect $address" || return
  expect 4 export --connect 127.0.0.1:1 out.kv && says NETWORK && [ ! -e out.kv ] || return
  expect 4 export --connect "$address" out.jsonl && says 'out.jsonl exists'
}
check "what cannot be done is said" wrong_use

gone_reader() {
  "$KVSTORE" export --connect "$address" 2> said | head -c 10 > /dev/null
  [ "${PIPESTATUS[0]}" = 7 ] && [ ! -s said ]
}
check "a reader that has gone away is no error to report" gone_reader

lost_server() {
  mkfifo slow
  "$KVSTORE" export --connect "$address" > slow 2> said &
  local pid=$!
  exec 8< slow
  head -c 1000 <&8 > /dev/null
  kill -9 $server
  wait $server 2> /dev/null
  cat <&8 > /dev/null
  wait $pid
  local code=$?
  exec 8<&-
  output=$(cat said)
  [ $code = 4 ] && says NETWORK || { echo "exit code $code"; return 1; }
}
check "a server that is lost ends the export with an error" lost_server

too_long() {
  serve data.bin --transaction-time 0.001 || exit 1
  expect 1 export --connect "$address" out.kv && says ABORTED && says 'a longer --transaction-time of the server' &&
    [ "$(echo out.kv*)" = 'out.kv*' ]
  local code=$?
  stop
  return $code
}
check "an export that takes longer than a transaction may fails, and says what to do" too_long

rights() {
  (umask 077; printf 'open sesame\n' > password; printf 'just looking\n' > reader)
  serve data.bin --password-file password --unix-socket s.sock || exit 1
  KVSTORE_PASSWORD='open sesame' "$KVSTORE" connect unix:s.sock \
    ACL SETUSER reader on '>just looking' '~set:*' +@read +@connection +@transaction > /dev/null || return
  expect 4 export --connect unix:s.sock && says NOAUTH || return
  expect 0 export -q --connect unix:s.sock --user reader --password-file reader --prefix set: sets.kv || return
  cmp sets.kv <("$KVSTORE" export --prefix set: data.bin) || return
  expect 1 export --connect unix:s.sock --user reader --password-file reader && says NOPERM || return
  stop
}
check "an export has the rights of the user who logs in" rights

[ $failures = 0 ]
