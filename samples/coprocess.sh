#!/bin/bash
# A program that keeps its state in a database: counts the words of its input.
# One kvstore runs beside it, and with --ack answers every command with one line,
# so that a word costs no new process. A count is on the disk before the next word.
#
#   samples/coprocess.sh DATABASE < TEXT
set -eu
database=${1:?usage: coprocess.sh DATABASE < TEXT}
coproc DB { exec "${KVSTORE:-kvstore}" --ack --keep-going "$database"; }
pid=$DB_PID to=${DB[1]} from=${DB[0]}

ask() {  # ask COMMAND: its one line into $reply
  printf '%s\n' "$1" >&"$to"
  IFS= read -r reply <&"$from"
}

while read -r word; do
  ask "GET count:$word"
  [ "$reply" != NIL ] || reply=0
  ask "SET count:$word $((reply + 1))"
  [ "$reply" = OK ] || { echo "$word: $reply" >&2; exit 1; }
done < <(tr -cs '[:lower:]' '\n')

ask 'KEYS count:*'  # the items of an array are on one line, between tabs
IFS=$'\t' read -ra keys <<< "$reply"
for key in "${keys[@]}"; do
  ask "GET $key"
  echo "${key#count:} $reply"
done
exec {to}>&-
wait "$pid"
