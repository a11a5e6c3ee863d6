#!/bin/bash
# The layers point one way (docs/ARCHITECTURE.md). The linker sees most wrong
# includes; this sees those of headers with nothing to link, too.
set -eu
# shellcheck source=tests/ratchets/ratchet.sh
. "$(dirname "$0")/ratchet.sh"

# Layer, then what it may include besides itself.
layers='
src/base:
src/file: src/base
src/tls: src/base src/file
src/log: src/base src/file
src/index: src/base src/file src/log
src/sorted_set: src/base
src/store: src/base src/file src/log src/index src/sorted_set
src/c_api: src/base src/file src/log src/index src/sorted_set src/store
src/options: src/base
src/maint: src/base src/file src/log src/index src/options
src/command: src/base src/file src/log src/index src/sorted_set src/store
src/wire: src/base src/file src/log src/index src/sorted_set src/store src/command
src/client: src/base src/file src/tls src/log src/index src/sorted_set src/store src/command src/wire
src/transfer: src/base src/file src/tls src/log src/index src/sorted_set src/store src/command src/wire src/client
src/bench: src/base src/file src/tls src/log src/index src/sorted_set src/store src/command src/wire src/client
repl: src/base src/file src/tls src/log src/index src/sorted_set src/store src/command src/wire src/client src/transfer
server: src/base src/file src/tls src/log src/index src/sorted_set src/store src/command src/wire src/options
src/cli: src/base src/file src/tls src/log src/index src/sorted_set src/store src/command src/wire src/client src/transfer src/bench src/maint src/options repl server
'

plant() {
  mkdir -p "$1/src/log"
  echo '#include "src/store/store.h"' > "$1/src/log/record.h"
}

violations() {
  local root=$1 layer allowed pattern
  while IFS=: read -r layer allowed; do
    if [ -z "$layer" ] || [ ! -d "$root/$layer" ]; then continue; fi
    # shellcheck disable=SC2086  # a list of layers
    pattern=$(printf '|%s' "$layer" $allowed)
    # Every quoted include is named from the root, and names an allowed layer.
    (cd "$root" && grep -rnE '^ *# *include *"' "$layer" |
      grep -vE "include *\"(${pattern#|})/([a-z]+/)?[^/\"]+\"" || true)
  done <<< "$layers"
}

ratchet "a layer includes only itself and the layers below it, by the path from the root"
