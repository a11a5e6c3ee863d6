#!/bin/bash
# Runs the ```console blocks of a Markdown file and compares what they print.
#
#   run_console.sh FILE.md        ($KVSTORE: the program; its directory leads PATH)
#
# In a block, a line "$ ..." is a command, lines "> ..." after it continue it,
# and the lines up to the next command are what it prints (stdout and stderr).
# "..." stands for anything within a line and, alone on one, for any lines. All
# blocks of a file run in one shell in one temporary directory, so later blocks see
# what earlier ones made. Ports 7878 and 8080 are replaced by free ones, and a command that
# ends in & is waited for until it listens there.
set -u
file=$1
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
cleanup() {
  local pids
  pids=$(jobs -p)
  # shellcheck disable=SC2086  # a list of process ids
  [ -z "$pids" ] || { kill $pids 2>/dev/null; wait $pids 2>/dev/null; }
  rm -rf "$folder"
}
trap cleanup EXIT

mkdir "$folder/steps" "$folder/work" "$folder/home"
echo silent > "$folder/home/.curlrc"  # as it is on a terminal
awk -v out="$folder/steps/" '
  function name(kind) { return sprintf("%s%04d.%s", out, step, kind) }
  /^```/ { inside = !inside && $0 == "```console"; command = 0; next }
  !inside { next }
  /^\$ / { step++; print FNR > name("line"); print substr($0, 3) > name("command")
           printf "" > name("expected"); command = 1; next }
  command && /^> / { print substr($0, 3) > name("command"); next }
  step { command = 0; print > name("expected") }
' "$file"

free_port() {
  local port
  while port=$((20000 + RANDOM % 10000)); do
    (: < "/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo $port; return; }
  done
}

wait_until_listening() {  # wait_until_listening PORT
  local _
  for _ in $(seq 100); do
    (: < "/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    sleep 0.1
  done
  echo "nothing listens on the port after 10 seconds"
}

port=$(free_port)
while http_port=$(free_port); [ "$http_port" = "$port" ]; do :; done
PATH=$(dirname "$KVSTORE"):$PATH
HOME=$folder/home
export PATH HOME
unset XDG_STATE_HOME XDG_CONFIG_HOME
ln -s "$KVSTORE_SOURCE/samples" "$folder/work/samples"
cd "$folder/work" || exit 1

shopt -s nullglob
steps=("$folder"/steps/*.command)
[ ${#steps[@]} -gt 0 ] || { echo "$file has no console blocks"; exit 1; }

failures=0 status=0
for command in "${steps[@]}"; do
  step=${command%.command}
  text=$(sed "s/7878/$port/g; s/8080/$http_port/g" "$command")
  (exit $status)  # so that "echo $?" shows the status of the command before
  eval "$text" > "$step.raw" 2>&1 < /dev/null
  status=$?
  [[ $text != *"$port"*'&' ]] || wait_until_listening "$port" >> "$step.raw"
  [[ $text != *"$http_port"*'&' ]] || wait_until_listening "$http_port" >> "$step.raw"
  sed "s/$port/7878/g; s/$http_port/8080/g" "$step.raw" > "$step.actual"
  awk -f "$here/compare.awk" "$step.expected" "$step.actual" && continue
  failures=$((failures + 1))
  printf '%s:%s: $ %s\n' "$file" "$(cat "$step.line")" "$(cat "$command")"
  diff -u --label documented --label printed "$step.expected" "$step.actual"
done
echo "${#steps[@]} commands run, $failures differ"
[ $failures = 0 ]
