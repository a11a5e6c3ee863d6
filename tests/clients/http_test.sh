#!/bin/bash
# Clients of HTTP that are not ours, each with the example of docs/HTTP.md that is for it: node's fetch, Python's
# urllib. The OpenAPI document is checked, by npm's validator, too, where that is to be had. And a thousand
# clients that follow and never read: nobody notices.
set -u
here=$(cd "$(dirname "$0")" && pwd)
directory=$(mktemp -d)
server=
trap 'kill $server 2> /dev/null; wait; rm -rf "$directory"' EXIT
cd "$directory" || exit 1
failures=0
page=$KVSTORE_SOURCE/docs/HTTP.md

"$KVSTORE" data.kvs --http 0 --max-connections 1100 2> server.log &
server=$!
for _ in {1..200}; do
  port=$(sed -n 's/^kvstore: ready on http:\/\/127\.0\.0\.1:\([0-9]*\),.*/\1/p' server.log)
  [ -n "$port" ] && break
  sleep 0.05
done
[ -n "$port" ] || { echo "the server does not start"; cat server.log; exit 1; }
base=http://127.0.0.1:$port

expect() {  # expect WHAT EXPECTED ACTUAL
  [ "$2" = "$3" ] && { echo "$1 ok"; return; }
  printf 'FAILED: %s\nexpected: %s\nprinted: %s\n' "$1" "$2" "$3"
  failures=$((failures + 1))
}
block() { awk -v fence="\`\`\`$1" '$0 == fence { inside = 1; next } /^```/ { inside = 0 } inside' "$page"; }

python=/usr/bin/python3
[ -x $python ] || python=python3
expect "Python's urllib" $'201\n42' "$({ echo "base = '$base'"; block python; } | timeout 60 "$python" - 2>&1)"
checked=$(curl -s "$base/_/openapi.json" | timeout 60 "$python" "$here/openapi_check.py" 2>&1)
expect "the OpenAPI document" operations "${checked#[0-9]* }"

if command -v node > /dev/null; then
  expect "node's fetch" $'201\ngrüße' \
    "$({ echo "const base = '$base';"; block js; } | timeout 60 node --input-type=module - 2>&1)"
  # What is followed, and gone on with by the id of the event that came last.
  cat > follow.mjs << 'END'
const base = process.argv[2];
async function next(headers) {
  const abort = new AbortController();
  const answer = await fetch(`${base}/?prefix=f:&follow`, {headers, signal: abort.signal});
  let text = '';
  for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (!headers && text.includes('id: ')) await fetch(`${base}/f:${text.length}`, {method: 'PUT', body: '{"value": "x"}'});
    if (text.includes('data: ')) break;
  }
  abort.abort();
  return text.match(/id: (\d+-\d+)/)[1];
}
const first = await next();
await fetch(`${base}/f:missed`, {method: 'PUT', body: '{"value": "y"}'});
const second = await next({'Last-Event-ID': first});
console.log(Number(second.split('-')[0]) - Number(first.split('-')[0]));
END
  expect "node goes on following" 1 "$(timeout 60 node follow.mjs "$base" 2>&1)"
  node_modules=${KVSTORE_NODE_MODULES:-}
  if [ ! -d "$node_modules/@seriousme" ] && command -v npm > /dev/null; then
    timeout 60 npm install --silent --no-audit --no-fund --prefix npm @seriousme/openapi-schema-validator \
      > /dev/null 2>&1 && node_modules=$directory/npm/node_modules
  fi
  if [ -d "$node_modules/@seriousme" ]; then
    curl -s "$base/_/openapi.json" -o openapi.json
    cat > validate.mjs << 'END'
import {createRequire} from 'module';
import {readFileSync} from 'fs';
const require = createRequire(process.argv[2] + '/x.js');
const {Validator} = await import(require.resolve('@seriousme/openapi-schema-validator'));
const result = await new Validator().validate(JSON.parse(readFileSync('openapi.json')));
console.log(result.valid || JSON.stringify(result.errors));
END
    expect "npm's validator of OpenAPI" true "$(timeout 60 node validate.mjs "$node_modules" 2>&1)"
  else
    echo "skipped: npm's validator of OpenAPI (it cannot be had)"
  fi
else
  echo "skipped: node's fetch (no node)"
fi

cat > followers.py << 'END'
import json, resource, socket, sys, urllib.request
port = int(sys.argv[1])
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
followers = []
for number in range(1000):
    one = socket.create_connection(("127.0.0.1", port))
    one.sendall(b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % (b"?follow" if number % 2 else b"log?follow"))
    followers.append(one)
base = f"http://127.0.0.1:{port}"
for number in range(100):
    request = urllib.request.Request(f"{base}/log?append", data=b"x" * 40000, method="POST",
                                     headers={"Content-Type": "application/octet-stream"})
    urllib.request.urlopen(request).read()
command = json.dumps(["STATS"]).encode()
stats = json.load(urllib.request.urlopen(f"{base}/_/command", data=command))["result"]
fields = dict(line.split(":", 1) for line in stats.splitlines() if ":" in line)
print(int(fields["connections"]) > 1000, int(fields["buffered_bytes"]) < 300_000_000)
END
expect "a thousand who never read" "True True" "$(timeout 100 "$python" followers.py "$port" 2>&1 | tail -n 3)"
exit $((failures > 0))
