#!/bin/bash
# Started with closed standard descriptors, the program must not give their numbers to
# anything it opens; and data that nobody can receive is an error, whoever prints it.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0

fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

expect() {  # expect CODE WHAT, of the command that has just ended
  local got=$?
  [ "$got" = "$1" ] || fail "$2: exit code $got and not $1"
}

# Whoever prints: the disk behind standard output is meant, not the database's.
says_full() {  # says_full WORDS...
  "$KVSTORE" "$@" >/dev/full 2>errors; expect 7 "$* to a full disk"
  grep -q '^kvstore: FULL: cannot write standard output: No space left on device$' errors ||
    fail "$* to a full disk: $(cat errors)"
}

"$KVSTORE" data.bin 'SET a hello' 'SET b there' || exit 1
printf '\1\0\0\0k\1\0\0\0v' > old.bin
cp data.bin before.bin

"$KVSTORE" data.bin GET a >&-; expect 7 'GET'
"$KVSTORE" data.bin GET a >&- 2>&-; expect 7 'GET, and no standard error'
"$KVSTORE" data.bin GET a <&- >&- 2>&-; expect 7 'GET, and nothing at all'
"$KVSTORE" data.bin NOSUCH 2>&-; expect 1 'an error nobody reads'
"$KVSTORE" data.bin --json KEYS '*' >&-; expect 7 'KEYS as JSON'
echo 'GET a' | "$KVSTORE" data.bin >&-; expect 7 'a script'
"$KVSTORE" data.bin < /dev/null >&-; expect 0 'a script that says nothing'
"$KVSTORE" --help >&-; expect 7 '--help'
for words in --help --version --print-config help 'verify --help' 'verify data.bin' \
    'verify --json data.bin' 'verify --records data.bin' 'map data.bin' 'map --json data.bin' \
    'export data.bin' 'data.bin STATS' 'data.bin --json STATS' 'data.bin KEYS *' 'data.bin HELP' \
    'backup data.bin full.kvb' 'export data.bin full.kv' 'bench --count 10 fill' \
    'bench --count 10 --json fill' 'bench --count 10 --svg - fill'; do
  read -ra words <<< "$words"
  says_full "${words[@]}"
done
"$KVSTORE" --version >&-; expect 7 '--version'
"$KVSTORE" verify --help >&-; expect 7 'verify --help'
"$KVSTORE" verify data.bin >&-; expect 7 'verify'
"$KVSTORE" verify --records data.bin >&-; expect 7 'verify --records'
"$KVSTORE" verify --salvage saved.bin data.bin >&-; expect 7 'verify --salvage'
"$KVSTORE" convert old.bin new.bin >&- 2>&-; expect 7 'convert'
"$KVSTORE" export data.bin >&-; expect 7 'export'
"$KVSTORE" export data.bin out.kv >&-; expect 7 'export to a file'
"$KVSTORE" import imported.bin out.kv >&- 2>&-; expect 7 'import'
"$KVSTORE" verify data.bin | head -c 1 >/dev/null
[ "${PIPESTATUS[0]}" = 0 ] || fail "a reader that goes away is taken for an error"

# Nothing to read is not an empty value.
"$KVSTORE" data.bin -x SET empty <&- 2>/dev/null
[ $? = 0 ] && fail 'a closed standard input was stored as a value'
"$KVSTORE" import empty.bin <&- 2>/dev/null
[ $? = 0 ] && fail 'a closed standard input was taken for an empty import'
"$KVSTORE" data.bin <&- 2>/dev/null
[ $? = 0 ] && fail 'a closed standard input was taken for an empty script'

cmp -s data.bin before.bin || fail 'reads have changed the file'
for file in data.bin saved.bin new.bin imported.bin; do
  "$KVSTORE" verify "$file" > /dev/null || fail "$file is damaged"
done
[ "$("$KVSTORE" data.bin GET a)" = hello ] || fail 'the value is gone'

# Writes, too, leave the file whole.
"$KVSTORE" data.bin SET c more <&- >&- 2>&-; expect 0 'SET'
"$KVSTORE" verify data.bin > /dev/null || fail 'SET without descriptors damaged the file'

# A server, and the client that talks to it: replies must not end up in the connection.
"$KVSTORE" data.bin --listen 0 --log-file server.log <&- >&- 2> ready &
server=$!
for _ in {1..100}; do
  port=$(sed -n 's/.*ready on 127.0.0.1:\([0-9]*\).*/\1/p' ready 2>/dev/null)
  [ -n "$port" ] && break
  sleep 0.05
done
"$KVSTORE" connect "$port" SET trap 'SET a 1' || fail 'connect'
"$KVSTORE" connect "$port" GET trap >&-; expect 7 'connect GET'
"$KVSTORE" connect "$port" GET trap <&- >&- 2>&-; expect 7 'connect GET and nothing at all'
[ "$("$KVSTORE" connect "$port" GET a)" = hello ] || fail 'a value was executed as a command'
kill "$server"
wait "$server"; expect 0 'the server'
"$KVSTORE" verify data.bin > /dev/null || fail 'the server damaged the file'

"$KVSTORE" data.bin --listen 0 <&- >&- 2>&- &
server=$!
sleep 0.3
kill "$server"
wait "$server"; expect 0 'a server without any'
"$KVSTORE" verify data.bin > /dev/null || fail 'a server without any damaged the file'

[ "$failures" = 0 ]
