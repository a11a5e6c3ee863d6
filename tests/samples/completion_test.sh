#!/bin/bash
# The installed bash completion knows options, subcommands and commands.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# shellcheck source=tools/completion.bash
. "$KVSTORE_SOURCE/tools/completion.bash"

completes() {  # completes EXPECTED WORD...: the last word's completions
  local expected=$1
  shift
  # What bash sets before it calls a completion function.
  # shellcheck disable=SC2034
  COMP_WORDS=("$KVSTORE" "$@") COMP_CWORD=$#
  _kvstore
  [ "${COMPREPLY[*]}" = "$expected" ] || { echo "$*: got '${COMPREPLY[*]}', not '$expected'"; exit 1; }
}

touch versions.bin
completes "--sync" --sy
completes "versions.bin verify" ver
completes "--repair" verify --rep
completes "versions.bin" verify v
completes "STRLEN" versions.bin strl
completes "versions.bin" --wait 3 v
completes "STRLEN" --wait 3 --json versions.bin strl
[ "$(ls -A)" = versions.bin ] || { echo "completion made files: $(ls -A)"; exit 1; }
