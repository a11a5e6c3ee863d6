#!/bin/bash
# Options from a file and from the environment: which of them counts, and what is wrong with one.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failures=0
fail() { echo "$*"; failures=$((failures + 1)); }

shows() {  # shows LINE COMMAND...: --print-config has that line
  local line=$1; shift
  "$@" | grep -qxF -- "$line" || fail "no line '$line' of: $*"
}
refuses() {  # refuses TEXT: kvstore --config bad.toml is a usage error that says so
  local out
  out=$("$KVSTORE" --config bad.toml --print-config 2>&1)
  [ $? = 2 ] || fail "accepted: $(cat bad.toml)"
  grep -qF -- "$1" <<< "$out" || fail "not '$1' but: $out"
}

printf '%s\n' '# all of it' 'sync = "100ms"' 'max-connections = 50' 'idle-timeout = 1.5' 'read-only = false' > k.toml
shows 'sync = "100ms"  # k.toml line 2' "$KVSTORE" --config k.toml --print-config
shows 'max-connections = "50"  # k.toml line 3' "$KVSTORE" --config k.toml --print-config
shows 'sync = "none"  # command line' "$KVSTORE" --config k.toml --sync none --print-config
shows 'sync = "5ms"  # $KVSTORE_SYNC' env KVSTORE_SYNC=5ms "$KVSTORE" --config k.toml --print-config
shows 'sync = "none"  # command line' env KVSTORE_SYNC=5ms "$KVSTORE" --config k.toml --sync none --print-config
shows 'sync = "100ms"  # k.toml line 2' env KVSTORE_CONFIG=k.toml "$KVSTORE" --print-config
shows 'sync = "always"  # default' "$KVSTORE" --print-config
shows 'read-only = false  # k.toml line 5' "$KVSTORE" --config k.toml --print-config

echo 'max-conections = 5' > bad.toml;       refuses "bad.toml line 1: unknown key 'max-conections'"
refuses 'did you mean max-connections?'
printf '\nsync = "often"\n' > bad.toml;     refuses 'often'
refuses 'try: sync = "always", sync = "none", or an interval such as sync = "100ms"'
printf '\n\nmax-connections = "x"\n' > bad.toml; refuses 'bad.toml line 3: '
refuses 'try: max-connections = '
echo 'sync = ' > bad.toml;                  refuses 'bad.toml line 1: '
echo 'sync = [1]' > bad.toml;               refuses 'bad.toml line 1: '
echo 'cmd = "SET a 1"' > bad.toml;          refuses "cmd is not an option of the store or the server"
echo 'mode = "json"' > bad.toml;            refuses 'try: --mode, on the command line'
echo 'modes = "json"' > bad.toml;           refuses 'try: kvstore --help lists the options'
printf 'sync = "none"\nfile = "a\\u0000b"\n' > bad.toml; refuses "bad.toml line 2: 'file' has no value"
printf '[server]\nsync = "none"\n' > bad.toml; refuses 'there are no sections such as [server]'
rm bad.toml;                                refuses 'cannot read bad.toml'
mkdir bad.toml;                             refuses 'cannot read bad.toml: Is a directory'
rmdir bad.toml

# A switch is off by each of CLI11's words, and shown so.
for word in 0 no off false n; do
  shows 'read-only = false  # $KVSTORE_READ_ONLY' env KVSTORE_READ_ONLY=$word "$KVSTORE" --print-config
  KVSTORE_READ_ONLY=$word "$KVSTORE" switch.bin SET a 1 || fail "KVSTORE_READ_ONLY=$word is on"
done
for word in 1 yes on true; do
  shows 'read-only = true  # $KVSTORE_READ_ONLY' env KVSTORE_READ_ONLY=$word "$KVSTORE" --print-config
done
printf '%s\n' 'unsafe-listen = 0' 'file = "a\tb"' > switch.toml
shows 'unsafe-listen = false  # switch.toml line 1' "$KVSTORE" --config switch.toml --print-config
shows 'file = "a\u0009b"  # switch.toml line 2' "$KVSTORE" --config switch.toml --print-config

# What is printed can be read, and comes to the same.
"$KVSTORE" --sync 100ms --print-config > printed.toml
"$KVSTORE" --config printed.toml --print-config > again.toml || fail "--print-config prints what --config refuses"
grep -q '^sync = "100ms"' again.toml || fail "it reads as something else"
"$KVSTORE" --config again.toml --print-config > third.toml  # 64MiB is 67108864 by now
diff <(sed 's/  # .*//' again.toml) <(sed 's/  # .*//' third.toml) || fail "it reads as something else"
for off in off none 0; do
  shows 'compact-at = "0"  # command line' "$KVSTORE" --scrub-rate $off --compact-at $off --compact-rate $off --print-config
done

# A command is run on the file that is named; where to listen is a server's.
printf '%s\n' 'file = "named.bin"' 'listen = "127.0.0.1:0"' > server.toml
"$KVSTORE" --config server.toml 2> log &
server=$!
for _ in $(seq 200); do grep -q 'ready on' log && break; sleep 0.05; done
port=$(sed -n 's/.*ready on 127.0.0.1:\([0-9]*\),.*/\1/p' log)
[ "$("$KVSTORE" connect "$port" 'SET a 1' 'GET a')" = 1 ] || fail "no server from a file"
kill "$server"; wait "$server"
printf '%s\n' 'file = "named.bin"' 'http = "0"' 'http-name = "kv.example"' > web.toml
"$KVSTORE" --config web.toml 2> log &
server=$!
for _ in $(seq 200); do grep -q 'ready on' log && break; sleep 0.05; done
port=$(sed -n 's/.*ready on http:\/\/127.0.0.1:\([0-9]*\),.*/\1/p' log)
for host in kv.example localhost; do
  [[ $(curl -s -H "Host: $host" "http://127.0.0.1:$port/a") == *'"value":"1"'* ]] || fail "no HTTP from a file, as $host"
done
[[ $(curl -s -H 'Host: other.example' "http://127.0.0.1:$port/a") == *421* ]] || fail "HTTP under any name"
kill "$server"; wait "$server"
[ "$("$KVSTORE" --config server.toml named.bin GET a)" = 1 ] || fail "a command beside listen ="

# A command where FILE would be is the command, if FILE is named elsewhere.
[ "$("$KVSTORE" --config web.toml GET a)" = 1 ] || fail "a command on the file of --config"
"$KVSTORE" --config web.toml SET b 2 && [ "$(KVSTORE_CONFIG=web.toml "$KVSTORE" GET b)" = 2 ] || fail "a SET on it"
[ "$(KVSTORE_FILE=named.bin "$KVSTORE" GET a)" = 1 ] || fail "a command on \$KVSTORE_FILE"
[ "$("$KVSTORE" --config web.toml PING)" = PONG ] || fail "a command of one word"
printf 'sync = "always"\n' > nofile.toml
"$KVSTORE" --config nofile.toml GET a 2> err && fail "a command without FILE"
grep -q 'FILE comes before the command' err || fail "without FILE: $(cat err)"
[ ! -e GET ] && [ ! -e data.bin ] || fail "a command became a file"
# Where a value that is wrong comes from.
KVSTORE_SYNC=bogus "$KVSTORE" named.bin GET a 2> err && fail "a policy that there is not"
grep -q '\$KVSTORE_SYNC: unknown sync policy' err || fail "$(cat err)"
printf 'listen = true\n' > true.toml
"$KVSTORE" --config true.toml 2> err && fail "listen = true"
grep -q 'true.toml line 1: cannot listen' err || fail "$(cat err)"

# Letters of keyspace events, from the command line, the environment and a file.
shows 'notify-keyspace-events = "KEA"  # command line' "$KVSTORE" --listen 0 --notify-keyspace-events KEA --print-config
shows 'notify-keyspace-events = "Ex"  # $KVSTORE_NOTIFY_KEYSPACE_EVENTS' env KVSTORE_NOTIFY_KEYSPACE_EVENTS=Ex "$KVSTORE" --print-config
echo 'notify-keyspace-events = "KEy"' > bad.toml; refuses 'bad.toml line 1: '
rm bad.toml
# What lets everybody in where it is not heeded is refused, wherever it is written.
printf '%s\n' 'file = "t.bin"' 'listen = "0"' 'tls-clients = "require"' > t.toml
timeout 20 "$KVSTORE" --config t.toml 2> err; [ $? = 2 ] || fail "tls-clients without a certificate, in a file"
grep -q 'tls-clients does nothing without --tls-cert and --tls-key' err || fail "$(cat err)"
KVSTORE_TLS_CLIENTS=require timeout 20 "$KVSTORE" t.bin --listen 0 2> err; [ $? = 2 ] || fail "the same of the environment"
[ ! -e t.bin ] || fail "a server that was refused has made a file"
"$KVSTORE" --config t.toml SET a 1 || fail "a command beside options of the server"
# Lines of text go to the file that is named, too.
[ "$("$KVSTORE" --config t.toml 'SET b 2' 'GET b')" = 2 ] || fail "lines on the file of --config"
[ "$(KVSTORE_FILE=t.bin "$KVSTORE" 'GET b')" = 2 ] || fail "a line on \$KVSTORE_FILE"

# CONFIG REWRITE sets keys, and leaves all else of the file as it is.
printf '%s\n' '# mine: ä' 'file = "r.bin"  # ö' 'http = "0"' 'slowlog-max-len   =  5 # few' 'unix-socket = "s"' '# end' > r.toml
chmod 640 r.toml
serve() { : > log; "$KVSTORE" --config r.toml "$@" 2> log & server=$!; for _ in $(seq 200); do grep -q 'ready on' log && break; sleep 0.05; done; }
serve
says() { "$KVSTORE" connect unix:s "$@" 2>&1; }
says CONFIG SET slowlog-max-len 7 slowlog-log-slower-than -1 > /dev/null
says CONFIG REWRITE || fail "CONFIG REWRITE: $(cat r.toml)"
printf '%s\n' '# mine: ä' 'file = "r.bin"  # ö' 'http = "0"' 'slowlog-max-len   =  7 # few' 'unix-socket = "s"' '# end' \
  'slowlog-log-slower-than = -1' | cmp - r.toml || fail "rewritten: $(cat r.toml)"
[ "$(stat -c %a r.toml)" = 640 ] || fail "CONFIG REWRITE changed the mode"
says CONFIG SET notify-keyspace-events KEA > /dev/null
says CONFIG REWRITE || fail "CONFIG REWRITE: $(cat r.toml)"
grep -qx 'notify-keyspace-events = "AKE"' r.toml || fail "no events in $(cat r.toml)"
says CONFIG SET requirepass sesame > /dev/null
KVSTORE_PASSWORD=sesame says CONFIG REWRITE || fail "CONFIG REWRITE of a password"
grep -q '^password-hash = "\$argon2id\$' r.toml || fail "no hash in $(cat r.toml)"
grep -q sesame r.toml && fail "a password in plain"
kill "$server"; wait "$server"
serve
[[ $(says PING) == *NOAUTH* ]] || fail "the password is lost"
[ "$(KVSTORE_PASSWORD=sesame says CONFIG GET 'slowlog*' | tr '\n' ' ')" = 'slowlog-log-slower-than -1 slowlog-max-len 7 ' ] || fail "settings are lost"
[ "$(KVSTORE_PASSWORD=sesame says CONFIG GET notify-keyspace-events | tr '\n' ' ')" = 'notify-keyspace-events AKE ' ] || fail "events are lost"
cp r.toml kept.toml
rm r.toml; mkfifo r.toml
[[ $(KVSTORE_PASSWORD=sesame says CONFIG REWRITE) == *"is a pipe, and no regular file"* ]] || fail "CONFIG REWRITE reads a pipe"
mv kept.toml r.toml
kill "$server"; wait "$server"
# Of a password that the next start would not take from there, it says so.
serve --password-hash "$(sed -n 's/^password-hash = "\(.*\)"$/\1/p' r.toml)" --listen 0
KVSTORE_PASSWORD=sesame says CONFIG SET requirepass other > /dev/null
[[ $(KVSTORE_PASSWORD=other says CONFIG REWRITE) == *'counts more than the file'* ]] || fail "a password that --password-hash undoes"
kill "$server"; wait "$server"
cp r.toml kept.toml; sed -i '/^password/d' r.toml; : > users.acl
serve --acl-file users.acl --listen 0
says CONFIG SET requirepass other > /dev/null
export KVSTORE_PASSWORD=other
[[ $(says CONFIG REWRITE) == *'ACL SAVE'* ]] || fail "a password that is not in the ACL file yet"
says ACL SAVE > /dev/null
says CONFIG REWRITE || fail "CONFIG REWRITE after ACL SAVE"
unset KVSTORE_PASSWORD
kill "$server"; wait "$server"
mv kept.toml r.toml
echo sesame > pw; sed -i '1i password-file = "pw"' r.toml; serve
echo '[broken' >> r.toml
[[ $(KVSTORE_PASSWORD=sesame says CONFIG REWRITE) == *'r.toml line '* ]] || fail "CONFIG REWRITE of what is no TOML"
kill "$server"; wait "$server"
sed -i '1d;$d' r.toml; sed -i 's/^password-hash.*/password-hash = "sesame"/' r.toml
[[ $(timeout 20 "$KVSTORE" --config r.toml 2>&1) == *'takes an argon2id hash'* ]] || fail "a password in plain is taken"

# A service manager hears of it when data is served.
if command -v python3 > /dev/null; then
  python3 - <<'P' || fail "no READY=1"
import os, socket, subprocess, signal, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("notify"); s.settimeout(20)
p = subprocess.Popen([os.environ["KVSTORE"], "n.bin", "--listen", "0"], stderr=subprocess.DEVNULL,
                     env=dict(os.environ, NOTIFY_SOCKET=os.path.abspath("notify")))
ready = s.recv(1000); p.send_signal(signal.SIGTERM); stopping = s.recv(1000); p.wait()
sys.exit(0 if ready.startswith(b"READY=1") and stopping == b"STOPPING=1" else 1)
P
fi
[ $failures = 0 ]
