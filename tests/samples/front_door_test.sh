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

# Every target that is advertised exists.
for target in $(make help | sed -n 's/^make \([a-z-]*\) .*/\1/p'); do
  make -n "$target" > /dev/null
done

# An unknown part of the set-up is refused on stderr.
if tools/setup nonsense > "$folder/out" 2> "$folder/err"; then exit 1; fi
[ ! -s "$folder/out" ] && grep -q nonsense "$folder/err"
