#!/bin/bash
# The machine's clock is wrong for a while. Needs faketime; without it, nothing is tested
# here (tests/store/clock_test.cpp has the rules).
set -u
command -v faketime > /dev/null || { echo "no faketime: skipped"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

fail() { echo "FAILED: $1"; failures=$((failures + 1)); }
at() {  # time, arguments: kvstore under that clock
  faketime "$1" timeout 20 "$KVSTORE" "${@:2}" 2> err
}
year() { "$KVSTORE" "$1" HISTORY "$2" 2> /dev/null | grep -oE '[0-9]+-[0-9]{2}-[0-9]{2}T' | head -1 | cut -d- -f1; }
now=$(date +%Y)

# --- A clock that cannot be right is not believed, and told.
for wrong in '1960-06-01' '1969-12-31 23:00:00 UTC' '1971-01-01' '2250-01-01'; do
  rm -f w.bin
  at "$wrong" w.bin SET a 1 || fail "SET under $wrong"
  grep -q 'cannot be' err || fail "$wrong is not told"
  [ "$(year w.bin a)" = 2000 ] || fail "$wrong: a's year is $(year w.bin a)"
  "$KVSTORE" -q w.bin SET b 1 || fail "SET after $wrong"
  [ "$(year w.bin b)" = "$now" ] || fail "$wrong pins the year $(year w.bin b)"
  at "$wrong" w.bin SET c 1 EX 100 || fail "SET EX under $wrong"
  [ "$(year w.bin c)" = "$now" ] || fail "under $wrong the last time known is not used"
  [ "$(at "$wrong" w.bin GET c)" = 1 ] || fail "what is to live 100 s is gone under $wrong"
done

# --- One write under a clock far ahead.
"$KVSTORE" f.bin 'SET k one' 'SET brief 1 EX 3600' || fail "no file"
at '2099-01-01' f.bin SET k two || fail "SET in 2099"
grep -q 'long after the newest write' err || fail "2099 is not told"
"$KVSTORE" f.bin SET k three 2> err || fail "SET after 2099"
grep -q 'went back from 2099' err || fail "the way back is not told"
[ "$("$KVSTORE" f.bin GET k AT -0s)" = three ] || fail "AT now is not what is now"
[ "$("$KVSTORE" f.bin GET k AT 1)" = one ] || fail "AT a version"
[ "$("$KVSTORE" f.bin GET k AT @4102444800)" = three ] || fail "AT 2100"
[ "$(year f.bin k)" = "$now" ] || fail "2099 pins later times"
"$KVSTORE" f.bin GET brief > /dev/null && fail "what had expired in 2099 is back"
"$KVSTORE" f.bin SET brief 2 EX 3600
[ "$("$KVSTORE" f.bin GET brief)" = 2 ] || fail "2099 expires what is written afterwards"
[ "$("$KVSTORE" f.bin COUNT)" = 2 ] || fail "COUNT after 2099"
"$KVSTORE" verify f.bin | grep -q 'clock    set back from 2099' || fail "verify does not tell of 2099"

# --- Set back by an hour: what had expired stays so.
"$KVSTORE" e.bin 'SET a 1 PX 1' 'SET b 1' || fail "no file"
sleep 0.01
"$KVSTORE" e.bin SET c 1
at '1 hour ago' e.bin GET a > /dev/null && fail "an expired key is back"
[ "$(at '1 hour ago' e.bin COUNT)" = 2 ] || fail "COUNT an hour back"
at '1 hour ago' e.bin SET d 1 EX 1800 || fail "SET an hour back"
grep -q 'went back' err || fail "an hour back is not told"
[ "$(at '1 hour ago' e.bin GET d)" = 1 ] || fail "a key does not live its time an hour back"
[ "$(at '1 hour ago' e.bin APPEND a x)" = 1 ] || fail "an expired value is appended to"

# --- The same where nobody has written since: whoever called it expired notes the time.
"$KVSTORE" n.bin 'SET a 1 PX 1' 'SET b 1' || fail "no file"
sleep 0.01
"$KVSTORE" n.bin GET a > /dev/null && fail "a is not expired"
at '1 hour ago' n.bin GET a > /dev/null && fail "what a GET called expired is back"
[ "$(at '1 hour ago' n.bin GET b)" = 1 ] || fail "b is gone an hour back"
"$KVSTORE" verify n.bin > /dev/null || fail "verify after a noted time"

[ $failures = 0 ] || exit 1
