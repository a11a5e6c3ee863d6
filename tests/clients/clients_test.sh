#!/bin/bash
# Redis' own clients, each with a session of its own: redis-cli, redis-benchmark, hiredis, redis-py and, where
# npm's packages are to be had, node's redis, ioredis and iovalkey. KVSTORE_NODE_MODULES names a directory of
# them; without, npm is asked for them once.
set -u
here=$(cd "$(dirname "$0")" && pwd)
directory=$(mktemp -d)
server=
trap 'kill $server 2> /dev/null; wait; rm -rf "$directory"' EXIT
cd "$directory" || exit 1
failures=0

start() {  # a server of an empty database, for one client
  : > server.log  # of the one before
  "$KVSTORE" "$1.kvs" --listen 0 2> server.log &
  server=$!
  for _ in {1..200}; do
    port=$(sed -n 's/^kvstore: ready on 127\.0\.0\.1:\([0-9]*\),.*/\1/p' server.log)
    [ -n "$port" ] && return
    sleep 0.05
  done
  echo "the server does not start"
  cat server.log
  exit 1
}

check() {  # the client, then a command; @ stands for the port
  local what=$1 port
  shift
  start "$what"
  if timeout 120 "${@/#@/$port}" > out 2>&1; then
    tail -n 1 out
  else
    echo "FAILED: $what"
    cat out
    failures=$((failures + 1))
  fi
  kill "$server"
  wait "$server"
}

redis_cli_session() {
  local port=$1 answers
  answers=$(printf '%s\n' 'SET a "x y"' 'GET a' 'MULTI' 'INCR n' 'INCR n' 'EXEC' 'SET t v PX 1' 'HELLO 3' 'TTL a' \
    'CONFIG GET save' 'LPUSH l x' | redis-cli -p "$port" --no-raw 2>&1) || return 1
  printf '%s\n' "$answers"
  grep -q '^"x y"$' <<< "$answers" && grep -q '^2) (integer) 2$' <<< "$answers" &&
    grep -q "unknown command 'LPUSH'" <<< "$answers" || return 1
  # A quoted script as a pipe, and the help that the server's table gives.
  printf 'SET pipe:%d value\r\n' {1..1000} | redis-cli -p "$port" --pipe | grep -q 'errors: 0, replies: 1000' || return 1
  [ "$(redis-cli -p "$port" --scan --pattern 'pipe:*' | sort -u | wc -l)" = 1000 ] || return 1
  redis-cli -p "$port" --bigkeys | grep -q 'Sampled' || return 1
  redis-cli -p "$port" --latency -i 1 --raw > /dev/null 2>&1 < /dev/null & local latency=$!
  sleep 0.2; kill $latency; wait $latency 2> /dev/null
  echo "redis-cli ok"
}

redis_benchmark_session() {
  local port=$1
  redis-benchmark -p "$port" -n 2000 -c 10 -P 4 -q -t ping,set,get,incr,mset 2>&1 | tr '\r' '\n' > bench.txt || return 1
  grep -q '^SET: [0-9.]* requests per second' bench.txt && grep -q '^MSET (10 keys): [0-9.]*' bench.txt || return 1
  ! grep -qi 'error' bench.txt || return 1
  echo "redis-benchmark ok"
}
export -f redis_cli_session redis_benchmark_session

check redis-cli bash -c 'redis_cli_session "$1"' _ @
check redis-benchmark bash -c 'redis_benchmark_session "$1"' _ @
if [ -x "$KVSTORE_BUILD/tests/hiredis_session" ]; then
  check hiredis "$KVSTORE_BUILD/tests/hiredis_session" @
else
  echo "skipped: hiredis (no libhiredis-dev)"
fi
python=
for python in python3 /usr/bin/python3 ''; do  # Debian's package is for its own one
  [ -n "$python" ] && "$python" -c 'import redis' 2> /dev/null && break
done
if [ -n "$python" ]; then
  check redis-py "$python" "$here/redis_py_session.py" @
else
  echo "skipped: redis-py (no python3-redis)"
fi

node_modules=${KVSTORE_NODE_MODULES:-}
if [ -z "$node_modules" ] && command -v npm > /dev/null && command -v node > /dev/null; then
  timeout 60 npm install --silent --no-audit --no-fund --prefix "$directory/npm" redis ioredis iovalkey \
    > /dev/null 2>&1 && node_modules=$directory/npm/node_modules
fi
if [ -n "$node_modules" ]; then
  for client in redis ioredis iovalkey; do
    NODE_PATH=$node_modules check "node's $client" node "$here/node_session.cjs" @ "$client"
  done
else
  echo "skipped: redis, ioredis and iovalkey (no node, or npm's packages cannot be had)"
fi
exit $((failures > 0))
