#!/bin/bash
# A test that is in no test program passes for ever.
set -eu
# shellcheck source=tests/ratchets/ratchet.sh
. "$(dirname "$0")/ratchet.sh"

plant() {
  mkdir -p "$1/tests/forgotten"
  touch "$1/tests/forgotten/some_test.cpp" "$1/tests/forgotten/other_test.sh"
}

violations() {
  local file
  find "$1/tests" -name '*_test.cpp' | while read -r file; do
    grep -qF "\"$file\"" "$KVSTORE_BUILD/compile_commands.json" || echo "$file is not compiled"
  done
  # CTest runs the cases of the files that are named so.
  find "$1/tests" -name '*.cpp' ! -name '*_test.cpp' -exec grep -lE '^ *(TEST_CASE|SCENARIO)' {} + |
    sed 's/$/ has tests but is not named *_test.cpp/'
  find "$1/tests" -name '*_test.sh' | while read -r file; do
    grep -qF "\"$file\"" "$KVSTORE_BUILD/tests/CTestTestfile.cmake" || echo "$file is not run"
  done
}

ratchet "every tests/<folder>/*_test.cpp and *_test.sh is part of make test"
