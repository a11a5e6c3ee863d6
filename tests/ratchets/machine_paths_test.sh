#!/bin/bash
# A path of somebody's machine works on nobody else's.
set -eu
# shellcheck source=tests/ratchets/ratchet.sh
. "$(dirname "$0")/ratchet.sh"

plant() {
  mkdir -p "$1/tools"
  printf 'cd /%s/somebody/kvstore\n' home > "$1/tools/build"
}

violations() {
  (cd "$1" && grep -rnIE --exclude-dir=.git --exclude-dir='build*' --exclude-dir=node_modules \
    '(^|[^[:alnum:]._/-])/(home|root|work|Users|media)/[[:alnum:]]' . || true)
}

ratchet "no file names an absolute path below /home and the like"
