#!/bin/bash
# The console in a browser, on a server of an empty database and on one that asks for a password. What drives the
# browser is npm's (package.json): KVSTORE_CONSOLE_MODULES names a directory that has it; without, npm is asked for it
# once in a build directory. Skipped where there is no browser, or npm has nothing to give.
set -u
here=$(cd "$(dirname "$0")" && pwd)

browser=${KVSTORE_BROWSER:-$(command -v chromium-headless-shell || true)}
modules=${KVSTORE_CONSOLE_MODULES:-$KVSTORE_BUILD/tests/console_modules/node_modules}
skip() { echo "skipped: $*"; exit 77; }
[ -n "$browser" ] || skip "no chromium-headless-shell"
command -v node > /dev/null || skip "no node"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || skip "node is older than 20"
if [ ! -d "$modules/playwright-core" ] || [ ! -d "$modules/axe-core" ]; then
  command -v npm > /dev/null || skip "no npm"
  mkdir -p "${modules%/*}" && cp "$here"/package*.json "${modules%/*}" &&
    (cd "${modules%/*}" && timeout 90 npm ci --silent --ignore-scripts --no-audit --no-fund > /dev/null 2>&1) ||
    skip "npm's packages cannot be had"
fi
export KVSTORE_BROWSER=$browser KVSTORE_CONSOLE_MODULES=$modules

directory=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2> /dev/null; wait; rm -rf "$directory"' EXIT
cd "$directory" || exit 1

start() {  # start NAME OPTION...: sets `url`
  local name=$1
  shift
  "$KVSTORE" "$name.kvs" --http 127.0.0.1:0 "$@" 2> "$name.log" &
  servers+=($!)
  for _ in {1..200}; do
    url=$(sed -n 's/^kvstore: ready on .*\(http:\/\/127\.0\.0\.1:[0-9]*\).*/\1/p' "$name.log")
    [ -n "$url" ] && return
    sleep 0.05
  done
  echo "the server does not start"
  cat "$name.log"
  exit 1
}

failures=0
start open
timeout 280 node "$here/console_test.mjs" "$url" || failures=1
echo secret > password
start closed --password-file password
timeout 120 node "$here/login_test.mjs" "$url" "${servers[1]}" || failures=1
exit $failures
