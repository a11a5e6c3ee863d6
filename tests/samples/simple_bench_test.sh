#!/bin/bash
# samples/simple_bench.py measures a server in both protocols, and leaves nothing behind.
set -eu
command -v python3 > /dev/null || exit 77
directory=$(mktemp -d)
trap 'kill $server 2> /dev/null; rm -rf "$directory"' EXIT
: > "$directory/log"
"$KVSTORE" "$directory/data.bin" --sync none --listen 0 2> "$directory/log" &
server=$!
for _ in {1..200}; do
  address=$(sed -n 's/^kvstore: ready on \([^,]*\),.*/\1/p' "$directory/log")
  [ -z "$address" ] || break
  sleep 0.05
done
for protocol in '' --resp; do
  output=$("$KVSTORE_SOURCE/samples/simple_bench.py" "$address" $protocol --seconds 0.3)
  [[ $output =~ ^SET:\ [0-9]+/s.*GET:\ [0-9]+/s ]] || { echo "it printed: $output"; exit 1; }
done
[ "$("$KVSTORE" connect "$address" COUNT)" = 0 ]

# The minimal client and its benchmark, with nothing changed but the port.
cd "$KVSTORE_SOURCE/samples"
export PYTHONDONTWRITEBYTECODE=1
port=${address##*:}
[ "$(./minimal_client.py "$port" | tr '\n' ' ')" = '+OK hello +OK None ' ] || { ./minimal_client.py "$port"; exit 1; }
# Whatever a value holds, it is a value.
python3 - "$port" << 'END' || exit 1
import sys
from minimal_client import Client
client = Client(port=int(sys.argv[1]))
for value in ("0 5", "two\nSET lines 1", "", 'a "quoted" \\ one', "<<END"):
    assert client.set("a key\n" + value, value) == "+OK" and client.get("a key\n" + value) == value, value
    assert client.delete("a key\n" + value) == "+OK", value
assert client.get("lines") is None
END
./minimal_client.py --help 2>&1 | grep -q 'with a port' || { echo "minimal_client.py --help"; exit 1; }
sed "s/^PORT = .*/PORT = $port/" minimal_client.py > "$directory/minimal_client.py"
sed 's/^COUNT = .*/COUNT = 200/' minimal_bench.py > "$directory/minimal_bench.py"
output=$(python3 "$directory/minimal_bench.py")
[ "$(grep -c 'operations in' <<< "$output")" = 3 ] || { echo "it printed: $output"; exit 1; }
[ "$("$KVSTORE" connect "$address" COUNT)" = 0 ]
