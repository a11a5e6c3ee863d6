#!/bin/bash
# kvstore demo: the tour is shown, its commands work, and a file is made where one was asked for.
set -u
directory=$(mktemp -d)
trap 'tmux -S "$directory/socket" kill-server 2> /dev/null; rm -rf "$directory"' EXIT
cd "$directory" || exit 1
mkdir temporary
export TMPDIR=$directory/temporary HOME=$directory
fail() { echo "FAILED: $*"; exit 1; }

"$KVSTORE" demo < /dev/null > out 2> errors || fail "exit code $?: $(cat errors)"
[ ! -s errors ] || fail "it complains: $(cat errors)"
for text in '--- 1/' 'market> COUNT' '(integer) 5' '560.19' 'buy low, sell high' 'GOOG' 'cash:alice' 'That was the tour'; do
  grep -qF -- "$text" out || fail "it does not show '$text': $(cat out)"
done
[ "$(ls temporary)" = '' ] || fail "it left $(ls temporary)"

"$KVSTORE" demo market.bin < /dev/null > out || fail "exit code $?"
[ "$("$KVSTORE" market.bin STRLEN GOOG)" -gt 1000 ] || fail "the data is not there"
"$KVSTORE" verify market.bin > /dev/null || fail "the file is not sound"
"$KVSTORE" demo market.bin < /dev/null > out 2> errors
[ $? = 4 ] && grep -q 'market.bin exists' errors || fail "an existing file: $(cat errors)"
"$KVSTORE" demo no/such/place.bin < /dev/null > out 2> errors && fail "a place that is not there"

# What cannot be shown is said once.
"$KVSTORE" demo < /dev/null > /dev/full 2> errors
[ $? = 7 ] && [ "$(grep -c 'FULL: cannot write standard output' errors)" = 1 ] || fail "a full disk: $(cat errors)"
"$KVSTORE" demo < /dev/null 2> errors >&-
[ $? = 7 ] && [ "$(wc -l < errors)" -le 2 ] || fail "no standard output: $(cat errors)"
[ "$(ls temporary)" = '' ] || fail "it left $(ls temporary)"

# At a terminal it waits, and then it is a shell on the data.
command -v tmux > /dev/null || exit 0
shows() {  # waits until the screen shows it
  local _
  for _ in {1..100}; do
    tmux -S socket capture-pane -p -t demo -S - > screen && grep -qF -- "$1" screen && return
    sleep 0.1
  done
  fail "the screen does not show '$1': $(cat screen)"
}
tmux -S socket -f /dev/null new-session -d -s demo -x 100 -y 40 env TERM=screen "$KVSTORE" demo
shows 'Enter goes on'
tmux -S socket send-keys -t demo Enter
shows '--- 2/'
tmux -S socket send-keys -t demo q Enter
shows 'market.bin>'
tmux -S socket send-keys -t demo 'STRLEN GOOG' Enter
shows 'market.bin> STRLEN GOOG'
tmux -S socket send-keys -t demo C-d
for _ in {1..100}; do tmux -S socket has-session -t demo 2> /dev/null || break; sleep 0.1; done
[ "$(ls temporary)" = '' ] || fail "it left $(ls temporary)"
