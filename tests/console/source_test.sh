#!/bin/bash
# The console makes no markup of strings and loads nothing from elsewhere: its policy says so to the browser,
# and this to who changes it.
set -u
cd "$KVSTORE_SOURCE/server/console" || exit 1
failures=0

absent() {  # absent WHAT PATTERN FILE...
  local what=$1 pattern=$2 found
  shift 2
  found=$(grep -nE "$pattern" "$@") || return 0
  printf 'FAILED: %s\n%s\n' "$what" "$found" | cut -c1-200
  failures=$((failures + 1))
}

absent 'markup is made of a string' \
  'innerHTML|outerHTML|insertAdjacentHTML|document\.write|setHTML|DOMParser|createContextualFragment' ./*.js
absent 'a string is executed' '\beval\(|new Function|setTimeout\(["'\''`]|javascript:' ./*.js ./*.html
absent 'an inline script, style or handler' '<style|<script>|\bstyle="|\bon[a-z]+="|setAttribute\(["'\'']style' ./*.js ./*.html
absent 'an address elsewhere' 'https?://([^w]|w[^w]|www\.[^w])' ./*.js ./*.html ./*.css
absent 'something outside of the directory is imported' "from '(\.\./|/|[a-z])" ./*.js
for file in ./*; do
  lines=$(wc -l < "$file")
  [ "$lines" -le 400 ] || { echo "FAILED: $file has $lines lines: it is several ideas"; failures=$((failures + 1)); }
done
for file in ./*.js; do  # each is used
  name=${file#./}
  grep -q "[./]$name['\"]" ./*.js ./*.html || { echo "FAILED: nobody uses $name"; failures=$((failures + 1)); }
done
exit $((failures > 0))
