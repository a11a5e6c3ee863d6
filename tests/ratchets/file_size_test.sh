#!/bin/bash
# A file is one idea. About 150 lines is usual; 700 is no longer one.
set -eu
# shellcheck source=tests/ratchets/ratchet.sh
. "$(dirname "$0")/ratchet.sh"

plant() {
  mkdir -p "$1/src/base"
  seq 701 > "$1/src/base/everything.cpp"
}

violations() {
  # shellcheck disable=SC2046  # a list of directories
  find $(code_folders "$1") -name node_modules -prune -o -type f \
    \( -name '*.cpp' -o -name '*.h' -o -name '*.sh' -o -name '*.txt' \) -exec wc -l {} + |
    awk '$2 != "total" && $1 > 700 { print $2 " has " $1 " lines" }'
}

ratchet "no file of code is longer than 700 lines"
