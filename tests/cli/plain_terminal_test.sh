#!/bin/bash
# A terminal that $TERM does not know gets text and nothing else: no colours, no
# bracketed paste mode, no pager; lines are edited by the terminal driver.
set -u
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 1
fail() { echo "FAILED: $*"; cat -v out; exit 1; }

export HOME=$directory PAGER='touch paged; cat'
shell="$KVSTORE -q d"

talk() { # ENVIRONMENT... : runs the shell in a terminal of its own
  {
    printf 'SET a 1\nGET a\nHELP\nFOO\nSET b "x\ny"\nGET b\nEXIT\n'
    for _ in $(seq 100); do [ -s done ] && break; sleep 0.1; done
  } | env "$@" script -qec "$shell; echo over > done" out > /dev/null
  rm -f done
}

for term in TERM=dumb TERM= TERM=unknown TERM=no-such-terminal; do
  talk "$term"
  grep -q $'\033' out && fail "$term was sent an escape sequence"
  grep -q 'UNKNOWN: ' out || fail "$term: the shell did not answer"
  [ "$("$KVSTORE" d GET b)" = $'x\ny' ] || fail "$term: an open quote did not go on"
  [ -e paged ] && fail "$term was given a pager"
done
talk -u TERM
grep -q $'\033' out && fail "a terminal without TERM was sent an escape sequence"

talk TERM=xterm
grep -q $'\033\[?2004h' out || fail "xterm was not asked for bracketed pastes"
exit 0
