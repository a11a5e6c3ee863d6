#!/bin/bash
# The shared library shows the C interface and nothing else, all of what the header declares.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
library=$KVSTORE_BUILD/libkvstore.so.0
[ -e "$library" ] || { echo "$library was not built"; exit 1; }

nm -D --defined-only "$library" | awk '{ print $3 }' | sort > "$folder/shown"
# Declarations, without the comments that name a call.
"${CC:-cc}" -E -P -I "$KVSTORE_SOURCE/include" "$KVSTORE_SOURCE/include/kvstore/kvstore.h" |
  grep -oE '\bkvs_[a-z_]+ *\(' | tr -d ' (' | sort -u > "$folder/declared"
if [ -n "${KVSTORE_SANITIZE:-}" ]; then
  grep '^kvs_' "$folder/shown" > "$folder/ours" && mv "$folder/ours" "$folder/shown"
fi
diff "$folder/declared" "$folder/shown" || {
  echo "< is declared and not there; > is shown and not declared"
  exit 1
}
readelf -d "$library" | grep -q 'SONAME.*libkvstore\.so\.0\]' || { echo "its soname is another one"; exit 1; }
