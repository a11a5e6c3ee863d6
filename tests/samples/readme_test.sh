#!/bin/bash
# What README says is what happens: its console blocks print what they show, and
# its code is code of samples/, letter for letter.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$KVSTORE_SOURCE" || exit 1
failures=0

pages=(README.md docs/SHELL.md docs/REDIS.md docs/EMBEDDING.md docs/HTTP.md docs/CONSOLE.md docs/OPERATIONS.md samples/README.md)

# Each block of LANGUAGE in PAGE has to stand, as it is, in FILE.
check_code() {  # check_code PAGE LANGUAGE FILE
  awk -v fence="\`\`\`$2" -v page="$1" '
    FNR == NR { text = text $0 "\n"; next }
    $0 == fence { inside = 1; line = FNR; block = ""; next }
    inside && /^```/ { inside = 0; blocks++
                       if (!index(text, block)) { print page ":" line ": not in " FILENAME_; bad = 1 } }
    inside { block = block $0 "\n" }
    END { if (!blocks) { print page " has no " fence " block"; bad = 1 } exit bad }
  ' FILENAME_="$3" "$3" "$1" || failures=$((failures + 1))
}

check_code docs/EMBEDDING.md cpp samples/embed.cpp
check_code docs/EMBEDDING.md c samples/embed.c
# bindings/python/tests compares blocks of python; tests/clients runs those of docs/HTTP.md, and of js.
check_code docs/EMBEDDING.md cmake samples/CMakeLists.txt
# Blocks of these languages are run or compared. Any other would go untested.
others=$(grep -nE '^```[a-z]' "${pages[@]}" | grep -vE '```(console|text|c|cpp|cmake|js|python|sh)$')
[ -z "$others" ] || { echo "no test runs these blocks: $others"; failures=$((failures + 1)); }
# sh: what cannot run inside a test. Only the front door's own targets may hide there.
awk '/^```sh$/ { inside = 1; next } /^```/ { inside = 0 } inside' "${pages[@]}" |
  grep -vE '^(make|git clone|cd|CXX=[^ ]+ make|sudo make) ?|^$' && { echo "sh blocks are for make only"; failures=$((failures + 1)); }
for target in $(sed -nE 's/^(.*`)?make ([a-z-]+).*/\2/p' README.md | sort -u); do
  grep -q "^$target:" Makefile || { echo "README.md: there is no make $target"; failures=$((failures + 1)); }
done
# Links lead somewhere.
for page in "${pages[@]}"; do
  for link in $(sed -nE 's/\]\(([^)#:]+)[)#]/\n@\1\n/gp' "$page" | sed -n 's/^@//p'); do
    [ -e "$(dirname "$page")/$link" ] || { echo "$page: there is no $link"; failures=$((failures + 1)); }
  done
done

for page in "${pages[@]}"; do
  ! grep -q '^```console$' "$page" || "$here/run_console.sh" "$page" || failures=$((failures + 1))
done
"$here/run_shell.sh" docs/SHELL.md || failures=$((failures + 1))
[ $failures = 0 ]
