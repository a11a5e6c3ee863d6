#!/bin/bash
# bash and zsh install one file each, so what both have to know of the help stands in both: the
# function _kvstore_values, to the letter.
set -eu
# shellcheck source=tests/ratchets/ratchet.sh
. "$(dirname "$0")/ratchet.sh"

plant() {
  mkdir -p "$1/tools"
  printf '_kvstore_values() {\n  awk 1\n}\n' > "$1/tools/completion.bash"
  printf '_kvstore_values() {\n  awk 2\n}\n' > "$1/tools/completion.zsh"
}

values_of() { sed -n '/^_kvstore_values() {$/,/^}$/p' "$1"; }

violations() {
  [ -n "$(values_of "$1/tools/completion.bash")" ] || echo "completion.bash has no _kvstore_values"
  diff <(values_of "$1/tools/completion.bash") <(values_of "$1/tools/completion.zsh") || true
}

ratchet 'the completions of bash and zsh read the help alike'
