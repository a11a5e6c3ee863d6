#!/bin/bash
# The Node.js module: its own tests, abstract-level's, the types, and the Express sample. Skipped where
# there is no node, or the module was not built, as npm's packages were not there (tools/setup).
set -u
module=$KVSTORE_BUILD/bindings/node/kvstore.node
cd "$KVSTORE_SOURCE/bindings/node" || exit 1
command -v node > /dev/null || { echo "skipped: no node"; exit 77; }
[ -f "$module" ] && [ -d node_modules ] || { echo "skipped: no npm packages (tools/setup test)"; exit 77; }
case ${KVSTORE_SANITIZE:-} in
  *thread*) echo "skipped: node itself is not built for ThreadSanitizer"; exit 77 ;;
  *address*)
    LD_PRELOAD=$("$CXX" -print-file-name=libasan.so) && export LD_PRELOAD
    # What node leaks at its end is not ours, and the store handles SIGBUS itself.
    export ASAN_OPTIONS=detect_leaks=0:handle_sigbus=0 ;;
esac
export KVSTORE_NODE_MODULE=$module
out=$(mktemp)
timeout 280 node --test test/*.test.js > "$out" 2>&1
result=$?
if [ $result = 0 ]; then
  grep -E '^(# |ℹ )(tests|pass)' "$out"
else
  cut -c1-300 "$out"
fi
rm -f "$out"
exit $result
