# What shell tests of the program share. Sourced, before the test goes into a directory of its own;
# its last line is: [ $failures = 0 ]

failures=0

check() {  # what, then a command
  local what=$1
  shift
  "$@" && return
  echo "FAILED: $what"
  failures=$((failures + 1))
}

expect() {  # exit code, then kvstore's arguments; stdout and stderr in $output
  local code=$1
  shift
  output=$("$KVSTORE" "$@" 2>&1 < /dev/null)
  local got=$?
  [ "$got" -eq "$code" ] && return
  echo "kvstore $*: exit code $got, not $code: $output"
  return 1
}
says() { [[ $output == *"$1"* ]] || { echo "it does not say '$1': $output"; false; }; }

serve() {  # file, options; sets $address and $server
  : > log
  "$KVSTORE" "$@" --sync none --listen 0 2> log &
  server=$!
  local _
  for _ in {1..400}; do
    address=$(sed -n 's/^kvstore: ready on \([^, ]*\).*/\1/p' log)
    [ -z "$address" ] || return 0
    sleep 0.05
  done
  cat log
  return 1
}
stop() { kill "$server"; wait "$server" 2> /dev/null; }
