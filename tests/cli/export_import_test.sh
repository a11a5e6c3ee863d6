#!/bin/bash
# kvstore export and kvstore import, as their user meets them: pipes, files, exit codes, Ctrl-C.
set -u
. "$(dirname "$0")/../support/checks.sh"
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 1

same() { cmp <("$KVSTORE" export "$1") <("$KVSTORE" export "$2"); }

"$KVSTORE" data.bin 'SET a "1\n2"' 'SET b "\xff\x00"' 'SET c v PXAT 4102444800000' 'SET gone x' 'DELETE gone' \
  'APPEND log "one,"' 'APPEND log "two"' > /dev/null
head -c 100000 /dev/urandom | "$KVSTORE" data.bin -x SET random

each_format() {
  local format
  for format in kv jsonl csv resp; do
    expect 0 export data.bin "out.$format" && says "wrote 5 keys to out.$format" || return
    "$KVSTORE" export --format "$format" data.bin | cmp - "out.$format" || return
    expect 0 import --dry-run "$format.bin" "out.$format" && says 'would import 5 values' || return
    [ ! -e "$format.bin" ] || return
    expect 0 import "$format.bin" "out.$format" && says 'imported 5 values' && same "$format.bin" data.bin || return
    "$KVSTORE" export --history --format "$format" data.bin | "$KVSTORE" import -q "$format-history.bin" || return
    same "$format-history.bin" data.bin || return
    [ "$("$KVSTORE" --json "$format-history.bin" HISTORY gone | grep -o '"kind":"[a-z]*"' | tr -d '\n')" = \
      '"kind":"delete""kind":"set"' ] || return
  done
}
check "each format brings all keys over, through files and pipes" each_format

scripts() {
  "$KVSTORE" script.bin < out.kv > /dev/null && same script.bin data.bin &&
    "$KVSTORE" --keep-going script.bin < <("$KVSTORE" export data.bin --prefix c) && same script.bin data.bin
}
check "an export is a script of the text language" scripts

wrong_lines() {
  printf '{"key":"k1","value":"1"}\n{"key":"k2"}\n{"key":"k3","value":"3"}\n' > wrong.jsonl
  expect 1 import wrong.bin wrong.jsonl && says 'wrong.jsonl:2: SYNTAX: there is no "value"' &&
    says 'imported 1 value' && [ "$("$KVSTORE" wrong.bin KEYS)" = k1 ] || return
  expect 1 import wrong.bin out.csv --format jsonl && says 'out.csv:1: SYNTAX' || return
  expect 4 import wrong.bin data.bin && says 'it is a kvstore database' || return
  printf 'REDIS0011' > dump.rdb
  expect 4 import wrong.bin dump.rdb && says 'an RDB file of Redis' || return
  gzip -k out.kv && expect 4 import wrong.bin out.kv.gz && says 'zcat' || return
  [ "$("$KVSTORE" wrong.bin KEYS)" = k1 ]
}
check "a wrong line is named, and what is no export is refused" wrong_lines

conflicts() {
  "$KVSTORE" there.bin SET a mine
  expect 1 import there.bin out.kv && says 'out.kv:1: EXISTS: the key "a" is there already' && says 'skip' || return
  expect 0 import --on-conflict skip there.bin out.kv && says 'imported 4 values; passed over 1 change' || return
  [ "$("$KVSTORE" there.bin GET a)" = mine ] || return
  expect 0 import --on-conflict replace there.bin out.csv && says 'replaced 5 keys' && same there.bin data.bin
}
check "keys that are there are kept, replaced, or end the import" conflicts

wrong_use() {
  expect 2 export && expect 2 import && expect 2 export --format xml data.bin && says 'kv, jsonl, csv, resp' || return
  expect 2 import --on-conflict merge x.bin out.kv && says 'fail, skip, replace' || return
  expect 4 export nothing.bin && says NOTFOUND && [ ! -e nothing.bin ] || return
  expect 4 export dat.bin && says 'data.bin, which exists' || return
  expect 4 import new.bin nothing.kv && says 'nothing.kv' && [ ! -e new.bin ] || return
  expect 4 import new.bin . && says 'is a directory' && [ ! -e new.bin ] || return
  expect 4 export data.bin out.kv && says 'out.kv exists' && says 'another file' || return
  expect 2 import data.bin data.bin && says 'is the database itself' || return
  expect 2 export - && expect 2 import - && expect 2 export --at noon data.bin && says "--at: 'noon' is neither a version nor a time" && says 'try: --at 1234' || return
  cp data.bin safe.bin
  output=$("$KVSTORE" export data.bin 2>&1 >> safe.bin)
  [ $? = 2 ] && says 'would damage it' && cmp data.bin safe.bin
}
check "what cannot be done is said, and makes no file" wrong_use

moments() {
  "$KVSTORE" past.bin 'SET a 1' 'SET a 2' 'SET b 3' 'DELETE a'
  [ "$("$KVSTORE" export --at 2 past.bin)" = 'SET a "2"' ] && [ "$("$KVSTORE" export past.bin)" = 'SET b "3"' ] &&
    [ "$("$KVSTORE" export --at -1h past.bin)" = '' ] && [ "$("$KVSTORE" export --history --at 1 past.bin | wc -l)" = 2 ]
}
check "--at exports what was" moments

unchanged() {
  local before
  before=$(sha256sum data.bin)
  "$KVSTORE" export --history data.bin > /dev/null && "$KVSTORE" import -q --dry-run --on-conflict skip data.bin out.kv &&
    [ "$(sha256sum data.bin)" = "$before" ]
}
check "an export, and a dry run, change no byte of the file" unchanged

beside_writer() {
  coproc writer { "$KVSTORE" --ack data.bin; }
  echo 'SET beside 1' >&"${writer[1]}"
  read -r -u "${writer[0]}" _
  output=$("$KVSTORE" export --prefix beside data.bin)
  says 'SET beside "1"' && expect 4 import --wait 0 data.bin out.kv && says LOCKED || return
  echo 'DELETE beside' >&"${writer[1]}"
  eval "exec ${writer[1]}>&-"
  wait "$writer_PID"
}
check "an export runs beside a writer, and an import does not" beside_writer

gone_reader() {
  "$KVSTORE" export data.bin 2> said | head -c 10 > /dev/null
  [ "${PIPESTATUS[0]}" = 7 ] && [ ! -s said ]
}
check "a reader that has gone away is no error to report" gone_reader

# Ends an import, whose input waits, with a signal.
interrupted() {  # signal, and the exit code of what it ends
  rm -f late.bin fifo
  mkfifo fifo
  # A shell's background jobs ignore Ctrl-C unless it says otherwise.
  (trap - INT; exec "$KVSTORE" import late.bin fifo > said 2>&1) &
  local pid=$! _
  exec 9> fifo
  printf 'SET a 1\nSET b 2\nSET c' >&9
  for _ in {1..200}; do
    [ "$("$KVSTORE" late.bin EXISTS a b 2> /dev/null)" = 2 ] && break
    sleep 0.05
  done
  kill "-$1" $pid
  wait $pid
  local code=$?
  exec 9>&-
  output=$(cat said)
  [ $code = "$2" ] && says 'fifo:2: ' && says 'imported 2 values' && [ "$("$KVSTORE" late.bin KEYS)" = $'a\nb' ] ||
    { echo "exit code $code: $output"; return 1; }
  expect 0 verify late.bin && says intact
}
check "Ctrl-C ends an import where it is, and keeps what was" interrupted INT 130
check "so does SIGTERM" interrupted TERM 143

interrupted_export() {
  head -c 1000000 /dev/urandom | "$KVSTORE" data.bin -x SET big
  mkfifo slow
  (trap - INT; exec "$KVSTORE" export data.bin > slow 2> said) &
  local pid=$! code
  exec 8< slow
  head -c 1000 <&8 > /dev/null
  kill -INT $pid
  wait $pid
  code=$?
  exec 8<&-
  "$KVSTORE" data.bin DELETE big
  [ $code = 130 ] || { echo "exit code $code"; return 1; }
}
check "Ctrl-C ends an export that nobody reads" interrupted_export

dots() {
  printf '.dump\n.dump dots.jsonl\n' | "$KVSTORE" data.bin > dots.kv && cmp dots.kv <("$KVSTORE" export data.bin) &&
    cmp dots.jsonl <("$KVSTORE" export --format jsonl data.bin) || return
  printf '.import dots.jsonl\nGET b\n' | "$KVSTORE" dots.bin --json > said && same dots.bin data.bin &&
    [ "$(cat said)" = '{"base64":"/wA="}' ] || return
  output=$(printf 'SET x 1\n.import dots.kv\nSET y 1\n' | "$KVSTORE" dots.bin 2>&1)
  [ $? = 1 ] && says 'stdin:2: EXISTS: dots.kv:1: ' && [ "$("$KVSTORE" dots.bin EXISTS x y)" = 1 ] || return
  output=$(printf 'BEGIN\n.dump\n' | "$KVSTORE" dots.bin 2>&1)
  [ $? = 1 ] && says 'COMMIT or ROLLBACK first'
}
check ".dump and .import do the same in scripts" dots

unfinished() {
  : > killed.kv.unfinished-1-00000000  # what a killed export leaves
  "$KVSTORE" export data.bin killed.kv > /dev/null && [ "$(echo killed.kv*)" = killed.kv ]
}
check "an export that was killed leaves nothing for long" unfinished

unknown_ending() {
  expect 0 export data.bin dump.xml && says ' to dump.xml as kv (another: --format jsonl, csv or resp)' &&
    expect 0 export data.bin dump.csv && [[ $output == *' to dump.csv' ]] &&
    expect 0 export data.bin dump.json && says ' to dump.json as jsonl, an object a line' &&
    cmp dump.json <("$KVSTORE" export --format jsonl data.bin)
}
check "an ending that is no format's is mentioned" unknown_ending

to_server() {
  expect 2 import 127.0.0.1:7979 data.kv && [ ! -e 127.0.0.1:7979 ] &&
    says "looks like a server's address; for a file of that name: ./127.0.0.1:7979" &&
    says 'kvstore replay new.bin --to 127.0.0.1:7979' || return
  printf 'SET a 1\n' > one.kv
  expect 0 import ./7979 one.kv && expect 0 import --on-conflict skip 7979 one.kv  # a file, once it is there
}
check "import into what looks like an address is refused" to_server

[ $failures = 0 ]
