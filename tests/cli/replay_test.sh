#!/bin/bash
# kvstore replay, as its user meets it: to files and servers, interrupted, killed, refused.
set -u
. "$(dirname "$0")/../support/checks.sh"
directory=$(mktemp -d)
trap 'kill -9 $(jobs -p) 2> /dev/null; rm -rf "$directory"' EXIT
cd "$directory" || exit 1

# Without the key that holds the position.
content() { "$KVSTORE" export "$1" | grep -av '^SET position '; }
same() { cmp <(content "$1") <(content "$2"); }
versions() { "$KVSTORE" export --history "$1" | sed -E 's/^(# seq [0-9]+), [^,]*,/\1,/'; }

"$KVSTORE" data.bin 'SET a "1\n2"' 'SET b "\xff\x00"' 'SET c v PXAT 4102444800000' 'APPEND a "\r\n$5\r\n"' \
  'SET gone x' 'DELETE gone' BEGIN 'SET "k\x00" END' 'APPEND b "<<EOT"' 'DELETE c' COMMIT 'APPEND a ""' > made
head -c 300000 /dev/urandom | "$KVSTORE" data.bin -x SET random

to_a_file() {
  expect 0 replay data.bin --to copy.bin && says 'replayed 9 versions of 11 changes, up to seq 9, to copy.bin' || return
  cmp <(versions data.bin) <(versions copy.bin) && expect 0 verify copy.bin || return
  expect 0 replay data.bin --to ./7878 --prefix a && [ "$("$KVSTORE" ./7878 KEYS)" = a ]
}
check "the log of a file becomes the same log of another" to_a_file

# Longer than a server's largest request: 64 MiB.
long_to_a_server() {
  head -c 70000000 /dev/zero | tr '\0' v | "$KVSTORE" --sync none long.bin -x SET big || return
  "$KVSTORE" long.bin 'SET q 1' 'RENAME big b2' 'SET z 1' > made || return
  local protocol
  for protocol in text resp; do
    rm -f there.bin
    serve there.bin || return
    expect 0 replay long.bin --to "$address" --protocol "$protocol" --resume p &&
      says 'replayed 4 versions of ' || return
    expect 0 replay long.bin --to "$address" --protocol "$protocol" --resume p || return
    stop
    [ "$("$KVSTORE" there.bin STRLEN b2)" = 70000000 ] || return
    cmp <("$KVSTORE" there.bin GET b2) <("$KVSTORE" long.bin GET b2) || return
    expect 3 there.bin GET big || return
  done
  rm -f long.bin there.bin
}
check "a long value goes to a server in pieces, in both protocols" long_to_a_server

parts() {
  expect 0 replay data.bin --to part.bin --until 4 && says 'up to seq 4' || return
  expect 0 replay data.bin --to part.bin --from 5 && says 'has 4 versions already' && cmp <(versions data.bin) <(versions part.bin) || return
  expect 0 replay data.bin --to then.bin --until @1000000000 && says 'replayed 0 versions' || return
  expect 0 replay data.bin --to then.bin --from start --speed 1000x && same data.bin then.bin
}
check "from one version to another, and on to the end" parts

nowhere() {
  expect 1 replay data.bin --to nowhere.bin --from 11 && says 'there is no version 11 yet: the newest is 9' || return
  expect 1 replay data.bin --to nowhere.bin --until 10 && says 'there is no version 10 yet' && says 'try: --until' || return
  expect 2 replay data.bin --to nowhere.bin --from 5 --until 3 && says '--until is before --from' || return
  expect 2 replay data.bin --to nowhere.bin --from -1m --until -2m && says '--until is before --from' || return
  [ ! -e nowhere.bin ] && expect 0 replay data.bin --to nowhere.bin --from 10 && says 'replayed 0 versions'
}
check "a version to come, and an end before the beginning, are refused; the next version is where one goes on" nowhere

to_a_server() {
  local protocol
  for protocol in text resp; do
    serve "$protocol.bin" || return
    expect 0 replay data.bin --to "$address" --protocol $protocol && says 'replayed 9 versions of 11 changes' || return
    stop
    cmp <(versions data.bin) <(versions $protocol.bin) || return
    serve "$protocol-again.bin" || return
    expect 0 replay data.bin --to "$address" --protocol $protocol --resume position --until 7 || return
    expect 0 replay data.bin --to "$address" --protocol $protocol --resume position && says 'replayed 2 versions' || return
    expect 0 replay data.bin --to "$address" --protocol $protocol --resume position && says 'replayed 0 versions' || return
    stop
    same data.bin "$protocol-again.bin" || return
  done
}
check "a server gets the same versions, in both protocols" to_a_server

refused() {
  serve refusing.bin || return
  "$KVSTORE" connect "$address" SET a 1 > answers
  stop
  serve refusing.bin --read-only || return
  expect 1 replay data.bin --to "$address" && says 'READONLY: seq 1: ' || return
  stop
}
check "what a server refuses is named, and nothing comes after it" refused

beside_writer() {
  coproc writer { "$KVSTORE" --ack data.bin; }
  echo 'SET beside 1' >&"${writer[1]}"
  read -r -u "${writer[0]}" _
  expect 0 replay data.bin --to beside.bin && [ "$("$KVSTORE" beside.bin GET beside)" = 1 ] || return
  eval "exec ${writer[1]}>&-"
  wait "$writer_PID"
}
check "it runs beside who writes the file" beside_writer

# A log that takes a while: appends, which may not be made twice.
for i in {1..40000}; do echo "APPEND log$((i % 7)) \"$i,\""; done | "$KVSTORE" --sync none long.bin > made

wait_for() {  # a command that answers whether it has begun
  local _
  for _ in {1..400}; do
    "$@" 2> /dev/null && return
    sleep 0.01
  done
  echo "nothing happened: $*"
  return 1
}
has_position() { [[ $("$KVSTORE" "$1" GET position 2> /dev/null) == kvstore-replay* ]]; }
server_has_position() { [[ $("$KVSTORE" connect "$address" GET position 2> /dev/null) == kvstore-replay* ]]; }

killed() {
  "$KVSTORE" replay long.bin --to killed.bin --resume position -q &
  local pid=$!
  wait_for has_position killed.bin || return
  kill -9 $pid
  wait $pid 2> /dev/null
  expect 0 replay long.bin --to killed.bin --resume position && same long.bin killed.bin && expect 0 verify killed.bin
}
check "after kill -9 --resume makes no append twice, and leaves none out" killed

lost() {
  serve lost.bin || return
  "$KVSTORE" replay long.bin --to "$address" --resume position > said 2>&1 &
  local pid=$! code
  wait_for server_has_position || return
  kill -9 "$server"
  wait "$server" 2> /dev/null
  wait $pid
  code=$?
  output=$(cat said)
  # It may have been quicker.
  [ $code = 0 ] || { [ $code = 4 ] && says NETWORK && says 'the same command goes on there'; } || return
  serve lost.bin || return
  expect 0 replay long.bin --to "$address" --resume position || return
  stop
  same long.bin lost.bin
}
check "a server that is killed is gone on with, where it ended" lost

interrupted() {
  "$KVSTORE" slow.bin 'SET a 1'
  sleep 1.1
  "$KVSTORE" slow.bin 'SET a 2' 'SET a 3'
  (trap - INT; exec "$KVSTORE" replay slow.bin --to slow-copy.bin --speed 0.001x > said 2>&1) &
  local pid=$!
  wait_for [ -e slow-copy.bin ] && wait_for grep -q 1 <("$KVSTORE" slow-copy.bin GET a) || return
  kill -INT $pid
  wait $pid
  local code=$?
  output=$(cat said)
  [ $code = 130 ] && says 'replayed 1 version, up to seq 1; --from 2 goes on there' || return
  expect 0 replay slow.bin --to slow-copy.bin --from 2 && cmp <(versions slow.bin) <(versions slow-copy.bin)
}
check "Ctrl-C ends it after a whole version, and says how to go on" interrupted

interrupted_while_it_closes() {  # many new keys, which the close puts in order
  local i code
  "$KVSTORE" import -q many.bin many.kv || return
  for i in 2 3 5 8 13; do
    rm -f closed.bin closed-too.bin
    (trap - INT; exec "$KVSTORE" replay -q many.bin --to closed.bin 2> said) & local pid=$!
    sleep 0.$((i * 7 + 100))
    kill -INT $pid 2> /dev/null
    wait $pid 2> /dev/null
    code=$?
    [ $code = 130 ] || [ $code = 0 ] || { echo "replay: exit code $code: $(cat said)"; return 1; }
    (trap - INT; exec "$KVSTORE" import -q closed-too.bin many.kv 2> said) & pid=$!
    sleep 0.$((i * 7 + 100))
    kill -INT $pid 2> /dev/null
    wait $pid 2> /dev/null
    code=$?
    [ $code = 130 ] || [ $code = 0 ] || { echo "import: exit code $code: $(cat said)"; return 1; }
  done
}
seq 1 60000 | sed 's/.*/SET & v/' > many.kv
check "Ctrl-C while it ends ends nothing halfway" interrupted_while_it_closes

another_way() {
  "$KVSTORE" fork.bin 'SET a 1' && "$KVSTORE" backup -q fork.bin fork.kvs && "$KVSTORE" fork.bin 'SET b old' 'SET c old' || return
  expect 0 replay fork.bin --to follower.bin --resume position || return
  rm fork.bin
  "$KVSTORE" restore -q fork.kvs fork.bin || return
  expect 1 replay fork.bin --to follower.bin --resume position && says CONFLICT && says 'FILE ends at seq 1' || return
  "$KVSTORE" fork.bin 'SET b new' 'SET c new' 'SET d new' || return
  expect 1 replay fork.bin --to follower.bin --resume position && says CONFLICT && says 'another way' || return
  [ "$("$KVSTORE" follower.bin GET b)" = old ] && [ -z "$("$KVSTORE" follower.bin KEYS d)" ]
}
check "a database that was restored, and went on, is not mixed with what it was" another_way

damaged() {
  cp data.bin damaged.bin
  local offset
  offset=$(($(stat -c %s data.bin) - 1000))
  printf 'XXXX' | dd of=damaged.bin bs=1 seek=$offset conv=notrunc 2> /dev/null
  rm -f out.bin
  expect 6 replay damaged.bin --to out.bin && says CORRUPT && says offset && says 'goes on there' || return
  expect 0 verify out.bin && cmp <("$KVSTORE" out.bin GET b) <("$KVSTORE" data.bin GET b)
}
check "damage is named, and what stands before it is there" damaged

compacted() {
  cp data.bin small.bin
  "$KVSTORE" compact -q --keep-history none small.bin && "$KVSTORE" small.bin 'SET new 1' || return
  expect 1 replay small.bin --to none.bin --from 2 && says PURGED && says '--from start' || return
  expect 0 replay small.bin --to base.bin && same small.bin base.bin
}
check "a compacted file begins with what was there" compacted

wrong_use() {
  expect 2 replay data.bin && says '--to is required' && expect 4 replay nothing.bin --to x.bin && [ ! -e x.bin ] || return
  expect 2 replay data.bin --to data.bin && says 'is the database that is read' || return
  ln -s data.bin other-name.bin
  expect 2 replay data.bin --to other-name.bin && expect 2 replay data.bin --to - || return
  expect 2 replay data.bin --to x.bin --speed fast && says "--speed 10x" && expect 2 replay data.bin --to x.bin --from noon || return
  expect 2 replay data.bin --to x.bin --until noon && [ ! -e x.bin ] && expect 4 replay data.bin --to 127.0.0.1:1 || return
  echo text > text.txt
  expect 4 replay data.bin --to text.txt && says 'not a kvstore file'
}
check "what cannot be replayed is said" wrong_use

unchanged() {
  local before
  before=$(sha256sum data.bin)
  expect 0 replay data.bin --to last.bin && [ "$(sha256sum data.bin)" = "$before" ]
}
check "a replay changes no byte of the file" unchanged

[ $failures = 0 ]
