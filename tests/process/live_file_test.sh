#!/bin/bash
# The file is removed, replaced or moved away under its writer: no write is
# acknowledged any more, the log and the exit code say so.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0

fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

start() {  # start FILE [OPTIONS]: sets server and port
  : > log
  "$KVSTORE" "$@" --listen 0 < /dev/null 2> log &
  server=$!
  for _ in {1..200}; do
    port=$(sed -n 's/.*ready on 127.0.0.1:\([0-9]*\).*/\1/p' log)
    [ -n "$port" ] && return
    sleep 0.05
  done
  fail "the server did not start"
}

stop() {  # sets code
  kill "$server"
  wait "$server"
  code=$?
}

for policy in always none 50ms; do
  for way in remove replace move; do
    mkdir dir
    start dir/data.bin --sync "$policy"
    "$KVSTORE" connect "$port" SET a 1 || fail "$policy, $way: the first SET"
    case $way in
      remove) rm dir/data.bin; word='was removed' ;;
      replace) "$KVSTORE" dir/other.bin SET b 2; mv dir/other.bin dir/data.bin; word='was replaced' ;;
      move) mv dir/data.bin dir/elsewhere.bin; word='was moved away' ;;
    esac
    # Only --sync always promises to notice before the next answer; the others notice
    # with their next sync, or look within a second or two.
    for _ in {1..100}; do
      "$KVSTORE" connect "$port" SET a 2 2> error
      code=$?
      [ "$code" != 0 ] || [ "$policy" = always ] && break
      sleep 0.1
    done
    [ "$code" = 7 ] || fail "$policy, $way: SET has exit code $code"
    grep -q "$word" error || fail "$policy, $way: the error says $(cat error)"
    [ "$("$KVSTORE" connect "$port" GET a)" ] || fail "$policy, $way: reads do not go on"
    stop
    [ "$code" = 7 ] || fail "$policy, $way: the server has exit code $code"
    grep -q "writes fail.*$word" log || fail "$policy, $way: the log says $(cat log)"
    if [ "$way" = replace ]; then
      [ "$("$KVSTORE" dir/data.bin GET b)" = 2 ] || fail "$policy: the other file was written"
    fi
    rm -r dir
  done
done

# Without a write after it, it still is no clean end; and what it names is how to
# save the file while the process lives.
start data.bin
"$KVSTORE" connect "$port" SET a 1
rm data.bin
"$KVSTORE" connect "$port" SET a 2 2> error
command=$(sed -n 's/.*save it: \(cp .*saved\)$/\1/p' error)
$command || fail "what it says cannot be typed: $(cat error)"
stop
[ "$code" = 7 ] || fail "after the removal the exit code is $code"
[ "$("$KVSTORE" -q data.bin.saved GET a)" ] || fail "what was saved cannot be read"
rm -f data.bin data.bin.saved

# A directory that was renamed takes its file along.
mkdir dir
start dir/data.bin
"$KVSTORE" connect "$port" SET a 1
mv dir moved
"$KVSTORE" connect "$port" SET a 2 || fail "a directory was renamed, and writes are refused"
stop
[ "$code" = 0 ] || fail "a directory was renamed, and the exit code is $code"
[ "$("$KVSTORE" moved/data.bin GET a)" = 2 ] || fail "a directory was renamed, and a write is lost"
rm -r moved

# A script, and the shell's way of writing.
mkfifo pipe
for policy in always none; do
  "$KVSTORE" --sync "$policy" data.bin < pipe > out 2> error &
  script=$!
  exec 5> pipe
  printf 'SET a 1\nGET a\n' >&5
  for _ in {1..200}; do [ -s out ] && break; sleep 0.05; done
  rm data.bin
  printf 'SET a 2\n' >&5
  exec 5>&-
  wait "$script"
  code=$?
  [ "$code" = 7 ] || fail "$policy: a script has exit code $code"
  grep -q 'was removed' error || fail "$policy: a script says $(cat error)"
  rm -f out error data.bin
done

[ "$failures" = 0 ]
