#!/bin/bash
# One word for one thing, and it is the field's: what has a standard term gets no name of
# our own, in source, messages or documents (docs/CONTRIBUTING.md).
set -eu
# shellcheck source=tests/ratchets/ratchet.sh
. "$(dirname "$0")/ratchet.sh"

words='survey|neighbours?|ghosts?|suspects?|farewell|goodbye|crowd|fence posts?|folders?'

plant() {
  mkdir -p "$1/src/log"
  echo '// the fence post of a neighbour' > "$1/src/log/record.h"
}

violations() {
  local place places=()
  for place in src repl server main.cpp docs README.md; do
    [ ! -e "$1/$place" ] || places+=("$1/$place")
  done
  # A BatchFolder folds.
  grep -rnwiE "$words" --include='*.cpp' --include='*.h' --include='*.md' "${places[@]}" |
    grep -v 'BatchFolder\|folder\.\(set\|append\|remove\|take\)' || true
}

ratchet 'private words have standard terms'
