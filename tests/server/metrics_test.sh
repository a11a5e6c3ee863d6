#!/bin/bash
# --metrics: Prometheus' own tools read what the server says, and its figures are right.
set -u
command -v python3 > /dev/null || exit 77
directory=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; wait 2> /dev/null; rm -rf "$directory"' EXIT
cd "$directory" || exit 1
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

serve() {  # options; sets $address, $metrics, $server
  : > log
  "$KVSTORE" data.bin --listen 0 --metrics 0 "$@" 2> log &
  server=$!
  local _
  for _ in {1..200}; do
    metrics=$(sed -n 's|^kvstore: ready on.*figures at \([^, ]*\)/metrics$|\1|p' log)
    # Only now, for the line may just have come.
    address=$(sed -n 's/^kvstore: ready on \([^, ]*\).*/\1/p' log)
    [ -z "$metrics" ] || return 0
    sleep 0.05
  done
  cat log
  exit 1
}
fetch() {  # METHOD PATH [FILE]: prints the body; the status is in $directory/status
  python3 - "$metrics" "$@" <<'PYTHON'
import http.client, sys
connection = http.client.HTTPConnection(sys.argv[1], timeout=10)
connection.request(sys.argv[2], sys.argv[3])
answer = connection.getresponse()
open("status", "w").write("%d %s\n" % (answer.status, answer.getheader("Content-Type")))
sys.stdout.buffer.write(answer.read())
PYTHON
}
value() { awk -v name="$1" '$1 == name { print $2 }' text; }
is() { [ "$(value "$1")" = "$2" ] || fail "$1 is '$(value "$1")', not $2"; }
least() { awk "BEGIN { exit !($(value "$1") >= $2) }" || fail "$1 is '$(value "$1")', below $2"; }

serve --sync none
for i in {1..20}; do echo "SET key:$i value"; done | "$KVSTORE" connect "$address"
"$KVSTORE" connect --keep-going "$address" 'GET key:1' 'GET key:2' 'INCR key:1' FLUSHDISK > replies 2>&1
"$KVSTORE" connect "$address" FOLLOW PREFIX key: > followed &
follower=$!
for _ in {1..100}; do
  fetch GET /metrics > text
  [ "$(value 'kvstore_clients{state="following"}')" = 1 ] && break
  sleep 0.05
done
grep -qx '200 text/plain; version=0.0.4; charset=utf-8' status || fail "status $(cat status)"
is 'kvstore_operations_total{command="set"}' 20
is 'kvstore_operations_total{command="get"}' 2
is 'kvstore_operation_failures_total{command="incr"}' 1
is 'kvstore_command_duration_seconds_bucket{class="write",le="+Inf"}' 21
is 'kvstore_command_duration_seconds_count{class="write"}' 21
is kvstore_keys 20
is kvstore_writes_total 20
is kvstore_sstable_count 0
is kvstore_sstables 0
is 'kvstore_followers{of="prefix"}' 1
is 'kvstore_followers{of="key"}' 0
is kvstore_follower_lag_versions 0
least kvstore_memtable_size_bytes 1
is 'kvstore_connections{kind="tcp"}' 1
is 'kvstore_clients{state="following"}' 1
is 'kvstore_refusals_total{reason="max_connections"}' 0
least kvstore_received_bytes_total 300
least kvstore_sent_bytes_total 20
least kvstore_sync_duration_seconds_count 1
least kvstore_sync_group_size_count 1
least 'kvstore_file_bytes{part="live"}' 1
least kvstore_disk_free_bytes 1
least process_resident_memory_bytes 1000000
is kvstore_writable 1
kill $follower

# What is not for Prometheus, and what is no HTTP.
fetch HEAD /metrics > body; grep -q '^200 ' status && [ ! -s body ] || fail "HEAD: $(cat status)"
fetch GET / > body; grep -q '^404 ' status || fail "/: $(cat status)"
fetch POST /metrics > body; grep -qE '^4[01][035] ' status || fail "POST: $(cat status)"
talk() { { exec 3<> "/dev/tcp/${metrics%:*}/${metrics##*:}"; printf "$1" >&3; head -1 <&3; } 2> /dev/null; exec 3>&-; }
[[ $(talk 'SET a 1\r\n\r\n') == *' 400 '* ]] || fail "no HTTP is refused"
[[ $(talk 'GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n') == *' 413 '* ]] || fail "a body is refused"
[[ $(talk "GET /metrics HTTP/1.1\r\nHost: a\r\nx: $(head -c 9000 /dev/zero | tr '\0' a)\r\n\r\n") == *' 431 '* ]] || fail "a long head is refused"
# Who says nothing keeps nobody waiting.
for i in {4..12}; do eval "exec $i<> /dev/tcp/${metrics%:*}/${metrics##*:}"; done
fetch GET /metrics > text; grep -q '^200 ' status || fail "beside silent clients: $(cat status)"
for i in {4..12}; do eval "exec $i>&-"; done
python3 - "$metrics" <<'PYTHON' || fail "many silent clients keep others out"
import http.client, socket, sys
host, port = sys.argv[1].rsplit(":", 1)
silent = [socket.create_connection((host, port)) for _ in range(200)]
for one in silent[::2]: one.send(b"GET /met")
connection = http.client.HTTPConnection(sys.argv[1], timeout=10)
connection.request("GET", "/metrics")
sys.exit(connection.getresponse().status != 200)
PYTHON

if command -v promtool > /dev/null; then
  promtool check metrics < text > lint 2>&1 || fail "promtool: $(cat lint)"
else
  echo "promtool is not installed (Debian: prometheus): its check is left out"
fi

# Prometheus itself: until a query finds what was scraped.
scrape() {
  local port=$((20000 + RANDOM % 10000)) _ answer
  cat > prometheus.yml <<YAML
global: { scrape_interval: 1s }
scrape_configs: [{ job_name: kvstore, static_configs: [{ targets: ["$metrics"] }] }]
YAML
  prometheus --config.file=prometheus.yml --storage.tsdb.path=tsdb --log.level=error \
    --web.listen-address="127.0.0.1:$port" > prometheus.log 2>&1 &
  local prometheus=$!
  for _ in {1..150}; do
    answer=$(python3 -c 'import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=2).read().decode())' \
      "http://127.0.0.1:$port/api/v1/query?query=kvstore_keys" 2> /dev/null)
    if [[ $answer == *'"20"'* ]]; then kill $prometheus; return 0; fi
    sleep 0.1
  done
  kill $prometheus
  echo "the newest answer: $answer"; tail -3 prometheus.log
  return 1
}
if command -v prometheus > /dev/null; then scrape || fail "Prometheus did not scrape it"; fi

# Beyond loopback it wants TLS.
if "$KVSTORE" other.bin --listen 0 --metrics 0.0.0.0:0 2> refused; then fail "it listens to all"; fi
grep -q 'outside loopback' refused || fail "it says: $(cat refused)"
kill $server
wait $server
[ $? = 0 ] || fail "the server did not end well"

# The samples' dashboard asks for what is there.
python3 - "$KVSTORE_SOURCE/samples/grafana.json" text <<'PYTHON' || fail "samples/grafana.json"
import json, re, sys
dashboard = json.load(open(sys.argv[1]))
there = set(re.findall(r"^# TYPE (\S+)", open(sys.argv[2]).read(), re.M))
asked = set()
for panel in dashboard["panels"]:
    for target in panel.get("targets", []):
        for name in re.findall(r"\b(?:kvstore|process)_[a-z_]+", target["expr"]):
            asked.add(re.sub(r"_(bucket|sum|count)$", "", name) if name not in there else name)
missing = asked - there
print("asks for what is not there:", missing) if missing else None
sys.exit(bool(missing) or len(asked) < 15)
PYTHON
[ $failures = 0 ]
