#!/bin/bash
# Types the ```text blocks of a Markdown file into a real shell, in a terminal,
# and compares the screen with the block at each prompt.
#
#   run_shell.sh FILE.md        ($KVSTORE: the program)
#
# What follows the first "> " of a line that begins with a prompt is typed; "..."
# stands for what may differ, as in run_console.sh.
set -u
file=$1
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
terminal=()
sessions=0
trap '[ $sessions = 0 ] || "${terminal[@]}" kill-server 2> /dev/null; rm -rf "$folder"' EXIT

mkdir "$folder/work"
awk -v out="$folder/block." '
  /^```text$/ { inside = 1; block++; next }
  /^```/ { inside = 0 }
  inside { print > (out sprintf("%03d", block)) }
' "$file"

screen() { "${terminal[@]}" capture-pane -p -t shell -S - | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'; }

screen_becomes() {  # screen_becomes FILE: waits for it
  local _
  for _ in $(seq 100); do
    screen > "$folder/screen"
    awk -f "$here/compare.awk" "$1" "$folder/screen" && return
    sleep 0.1
  done
  diff -u --label documented --label shown "$1" "$folder/screen"
  return 1
}

type_block() {
  local line prompt count=0
  # One each: a tmux server that is still ending would answer for its successor.
  terminal=(tmux -S "$folder/socket-$((++sessions))" -f /dev/null)
  "${terminal[@]}" new-session -d -s shell -x 100 -y 50 -c "$folder/work" \
    env -u XDG_STATE_HOME HOME="$folder" TERM=screen "$KVSTORE" data.bin || return
  while IFS= read -r line <&3; do
    count=$((count + 1))
    prompt=$(grep -oE '^([A-Za-z0-9._-]+|\.\.\. to [^>]+|[0-9,]+ bytes? to come, Ctrl-C cancels)> ' <<< "$line") || continue
    { head -n $((count - 1)) "$1"; echo "${prompt% }"; } > "$folder/expected"
    screen_becomes "$folder/expected" || return
    "${terminal[@]}" send-keys -t shell -l -- "${line#"$prompt"}"
    "${terminal[@]}" send-keys -t shell Enter
  done 3< "$1"
  { cat "$1"; echo "data.bin>"; } > "$folder/expected"
  screen_becomes "$folder/expected" || return
  "${terminal[@]}" send-keys -t shell C-d
  for _ in $(seq 100); do
    "${terminal[@]}" has-session -t shell 2> /dev/null || return 0
    sleep 0.1
  done
  echo "Ctrl-D does not leave the shell"
  return 1
}

shopt -s nullglob
blocks=("$folder"/block.*)
[ ${#blocks[@]} -gt 0 ] || { echo "$file has no text blocks"; exit 1; }
for block in "${blocks[@]}"; do type_block "$block" || exit 1; done
echo "${#blocks[@]} shell sessions typed"
