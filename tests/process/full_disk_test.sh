#!/bin/bash
# A disk that is really full: a small file system of the test's own, in a mount
# namespace of its own. Needs the right to mount; says so and is skipped without.
set -u
. "$(dirname "$0")/../support/checks.sh"
if [ -z "${KVSTORE_FULL_DISK:-}" ]; then
  if ! unshare --mount true 2>/dev/null; then
    echo "skipped: this test mounts a file system, and that is not permitted here"
    exit 77
  fi
  KVSTORE_FULL_DISK=1 exec unshare --mount --propagation private bash "$0"
fi

room=$(mktemp -d) || exit 1
if ! mount -t tmpfs -o size=4m kvstore-test "$room"; then
  rmdir "$room"
  echo "skipped: this test mounts a file system, and that is not permitted here"
  exit 77
fi
trap 'cd /; umount "$room"; rmdir "$room"; rm -rf "$outside"' EXIT
outside=$(mktemp -d)
cd "$room" || exit 1

free() { echo $(($(stat -f -c %f .) * $(stat -f -c %S .) / 1024)); }

# Leaves `$1` KiB free; again, if what an ended process held came back meanwhile.
fill_up_to() {
  for _ in {1..100}; do
    rm -f filler
    fallocate -l "$(($(free) - $1))K" filler && [ "$(free)" -eq "$1" ] && return
    sleep 0.05
  done
  echo "FAILED: cannot fill the file system up to $1 KiB"
  failures=$((failures + 1))
}

expect() {  # exit code, then kvstore's arguments; output in $output
  local code=$1
  shift
  output=$("$KVSTORE" "$@" 2>&1)
  local got=$?
  [ "$got" -eq "$code" ] && return
  echo "kvstore $*: exit code $got, not $code: $output"
  return 1
}
says() { [[ $output == *"$1"* ]] || { echo "it says: $output"; false; }; }

head -c 100000 /dev/urandom | base64 -w0 > "$outside/value"

# --- a new file
new_file() {
  fill_up_to 0
  check "a new file finds no room: 7" expect 7 data.bin SET a 1
  check "it says so" says "No space left"
  check "nothing is left of it" [ ! -e data.bin ]
}
new_file

# --- a write, in one process and across them
rm filler
check "there is room" expect 0 data.bin SET a 1
fill_up_to 64
check "a write finds no room: 7" expect 7 data.bin -x SET big < "$outside/value"
check "it says so" says "No space left"
check "reads go on" expect 0 data.bin GET a
check "with the right value" [ "$output" = 1 ]
check "nothing of it is stored" expect 0 data.bin EXISTS big
check "exists is 0" [ "$output" = 0 ]
check "the file is whole" expect 0 verify data.bin
rm filler
check "with room again it is written" expect 0 data.bin -x SET big < "$outside/value"

# --- a process that stays open recovers by itself
coproc shell { "$KVSTORE" --keep-going data.bin 2>"$outside/errors"; }
shell_pid=$shell_PID
ask() { echo "$1" >&"${shell[1]}"; }
ask "APPEND log one"
read -r -t 20 reply <&"${shell[0]}"
check "the first append" [ "$reply" = 3 ]
fill_up_to 0
# More than any room that was allocated ahead.
ask "APPEND log $(cat "$outside/value")"
ask "APPEND log $(cat "$outside/value")"
ask "APPEND log $(cat "$outside/value")"
ask "STRLEN a"
while read -r -t 20 reply <&"${shell[0]}" && [ "$reply" != 1 ]; do last=$reply; done
check "reads go on on a full disk" [ "$reply" = 1 ]
check "an append was FULL" grep -q FULL "$outside/errors"
rm filler
ask "APPEND log two"
read -r -t 20 reply <&"${shell[0]}"
check "room came back: the append goes on where it was" [ "$reply" = "$((${last:-3} + 3))" ]
exec {shell[1]}>&-
wait "$shell_pid"
check "nothing is lost" expect 0 data.bin STRLEN log
check "nothing is half there" [ "$output" = "$reply" ]
check "the file is whole" expect 0 verify data.bin

# --- a script that does not go on after errors
fill_up_to 0
output=$(printf 'SET x "%s"\n' "$(cat "$outside/value" "$outside/value")" |
         "$KVSTORE" data.bin 2>&1)
code=$?
check "a script on a full disk ends with 7" [ "$code" -eq 7 ]
check "its error is FULL" says "FULL"

# --- a server says that it is not ready while nothing can be written
rm filler
"$KVSTORE" served.bin --http 0 --sync none 2> "$outside/log" &
server=$!
for _ in {1..200}; do
  url=$(sed -n 's|^kvstore: ready on \(http://[^,]*\),.*|\1|p' "$outside/log")
  [ -n "$url" ] && break
  sleep 0.05
done
status() { curl -s -o "$outside/answer" -w '%{http_code}' "$@"; }
ready() { [ "$(status "$url/_/ready")" = "$1" ] || { cat "$outside/answer"; false; }; }
check "a first write" [ "$(status -X PUT "$url/a" -d '{"value": "1"}')" = 201 ]
check "with room it is ready" ready 200
fill_up_to 0
for _ in {1..500}; do
  written=$(status -X POST "$url/log?append" -H 'Content-Type: text/plain' --data-binary "$(head -c 8000 "$outside/value")")
  [ "$written" = 200 ] || break
done
check "a write finds no room: 507" [ "$written" = 507 ]
check "without room it is not ready" ready 503
check "and says why" grep -q '"FULL"' "$outside/answer"
check "so do the figures" grep -q '^kvstore_writable 0$' <(curl -s "$url/metrics")
check "reads go on" [ "$(status "$url/a")" = 200 ]
rm filler
check "with room again it is ready" ready 200
kill $server
wait $server
check "it ends well" [ $? = 0 ]
rm served.bin

# --- convert
cp "$KVSTORE_SOURCE/tests/golden/plain32/sample.bin" old.bin
before=$(sha256sum < old.bin)
fill_up_to 0
check "convert finds no room: 7" expect 7 convert old.bin new.bin
check "convert leaves nothing behind" [ ! -e new.bin ]
check "nor a temporary file" [ -z "$(ls | grep -E "new|unfinished")" ]
check "the old file is as it was" [ "$before" = "$(sha256sum < old.bin)" ]
rm filler
check "with room it converts" expect 0 convert old.bin new.bin

# --- repair
size=$(stat -c %s data.bin)
printf '\xff' | dd of=data.bin bs=1 seek=$((size / 2)) conv=notrunc status=none
check "it is damaged" expect 6 verify data.bin
repair() {
  before=$(sha256sum < data.bin)
  fill_up_to 8
  check "repair finds no room: 7" expect 7 verify --repair --yes data.bin
  check "the damaged file is as it was" [ "$before" = "$(sha256sum < data.bin)" ]
  check "and nothing is left beside it" [ -z "$(ls | grep -E 'data\.bin\.')" ]
}
repair
rm filler
check "with room it is repaired" expect 0 verify --repair --yes data.bin
check "and whole" expect 0 verify data.bin

# --- the torn end of a file that was not closed cannot be kept
"$KVSTORE" torn.bin SET a 1
coproc victim { exec "$KVSTORE" torn.bin; }  # the process itself is to be killed
victim_pid=$victim_PID
echo "APPEND a two" >&"${victim[1]}"
read -r -t 20 reply <&"${victim[0]}"
[ "$victim_pid" -gt 1 ] && kill -KILL "$victim_pid"
wait "$victim_pid" 2>/dev/null
head -c 9000 "$outside/value" >> torn.bin
before=$(sha256sum < torn.bin)
fill_up_to 0
check "recovery without room to keep what it cuts: refused" expect 7 torn.bin SET b 1
check "the file is as it was" [ "$before" = "$(sha256sum < torn.bin)" ]
rm filler

# --- would it be seen? Programs with a bug each, and how many checks have to fail.
planted() {  # what, how many checks find it, a stage, the program
  printf '#!/bin/bash\n%s\n' "$4" > "$outside/planted"
  chmod +x "$outside/planted"
  local real=$failures found
  found=$(KVSTORE=$outside/planted; failures=0; "$3" > /dev/null 2>&1; echo "$failures")
  failures=$real
  [ "$found" -ge "$2" ] && return
  echo "FAILED: these checks do not see $1"
  failures=$((failures + 1))
}
rm -f data.bin
planted "a program that says done" 2 new_file 'exit 0'
planted "half of a new file" 1 new_file 'touch data.bin; echo "No space left"; exit 7'
rm -f data.bin filler
echo "the only copy" > data.bin
planted "a repair that cuts the original" 1 repair 'truncate -s 3 data.bin; exit 7'
planted "a repair that leaves something" 1 repair 'ln data.bin data.bin.unfinished; exit 7'

[ "$failures" -eq 0 ]
