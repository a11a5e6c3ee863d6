#!/bin/bash
# `make run < script.kv` puts only the script's output on stdout, whether or not
# something had to be set up or built, and leaves the script's input alone.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$KVSTORE_SOURCE"

make() { env -u MAKEFLAGS -u MAKELEVEL make BUILD="$KVSTORE_BUILD" FILE="$folder/data.bin" "$@"; }

printf 'SET greeting "hello world"\nGET greeting\n' | make run > "$folder/out" 2> "$folder/err"
echo "hello world" | cmp - "$folder/out" || { cat "$folder/out" "$folder/err"; exit 1; }

# A failing script fails make.
if echo 'FROB' | make run > "$folder/out" 2> "$folder/err"; then
  echo "make run succeeded although the script failed"
  exit 1
fi
[ ! -s "$folder/out" ] || { echo "stdout is not clean:"; cat "$folder/out"; exit 1; }
grep -q UNKNOWN "$folder/err" || { cat "$folder/err"; exit 1; }

# The server and a client of it.
of_server() { pgrep -f "^[^ ]*kvstore .*$folder/data.bin --listen"; }
printf 'SET greeting "hello world"\nGET greeting\n' > "$folder/script"
make run-server PORT=0 > "$folder/out" 2> "$folder/err" &
server=$!
trap 'kill $(of_server) $server 2> /dev/null || true; rm -rf "$folder"' EXIT
for _ in {1..300}; do
  port=$(sed -n 's/^kvstore: ready on 127.0.0.1:\([0-9]*\).*/\1/p' "$folder/err")
  [ -z "$port" ] || break
  sleep 0.1
done
[ "$(make run-client PORT="$port" < "$folder/script" 2> "$folder/err2")" = 'hello world' ] || { cat "$folder"/err*; exit 1; }
kill $(of_server)
wait $server || { echo "make run-server ended with $?"; cat "$folder/err"; exit 1; }

trap 'rm -rf "$folder"' EXIT

# Every target that is advertised exists.
for target in $(make help | sed -n 's/^make \([a-z-]*\) .*/\1/p'); do
  make -n "$target" > /dev/null
done

# An unknown part of the set-up is refused on stderr.
if tools/setup nonsense > "$folder/out" 2> "$folder/err"; then exit 1; fi
[ ! -s "$folder/out" ] && grep -q nonsense "$folder/err"
