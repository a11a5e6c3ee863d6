#!/bin/bash
# The installed library: samples/embed.cpp builds against it, with find_package
# and with pkg-config, from a prefix that nothing else knows, and runs; so does samples/embed.c,
# with pkg-config alone. Each installed header stands by itself.
set -eu
[ -z "${KVSTORE_SANITIZE:-}" ] || { echo "a sanitized library is not for others to link"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
prefix=$folder/prefix

DESTDIR='' cmake --install "$KVSTORE_BUILD" --prefix "$prefix" > "$folder/install.log"

check() {  # check PROGRAM DATABASE
  local said
  said=$("$1" "$2")
  [ "$said" = 'AAPL: 2010-02-01,204.62
AAPL holds 36 bytes
IBM holds 36 bytes
note holds 17 bytes
the note was there' ] || { echo "$1 said: $said"; exit 1; }
  if "$1" "$folder/missing/folder.bin" 2> "$folder/error"; then
    echo "$1 opened a file in a folder that is not there"
    exit 1
  fi
  grep -q "missing/folder.bin" "$folder/error" || { echo "an unclear error:"; cat "$folder/error"; exit 1; }
}

# Nothing may lead back to the tree it was installed from.
if grep -rIl -e "$KVSTORE_SOURCE" -e "$KVSTORE_BUILD" "$prefix"; then
  echo "the files above name the source or build tree"
  exit 1
fi
test -x "$prefix/bin/kvstore"

cp "$KVSTORE_SOURCE/samples/embed.cpp" "$KVSTORE_SOURCE/samples/CMakeLists.txt" "$folder"
cmake -S "$folder" -B "$folder/build" -DCMAKE_PREFIX_PATH="$prefix" > "$folder/cmake.log"
cmake --build "$folder/build" >> "$folder/cmake.log" || { cat "$folder/cmake.log"; exit 1; }
check "$folder/build/embed" "$folder/with_cmake.bin"

PKG_CONFIG_PATH=$(find "$prefix" -name pkgconfig)
export PKG_CONFIG_PATH
# shellcheck disable=SC2046  # a list of flags
"$CXX" -std=c++20 "$folder/embed.cpp" $(pkg-config --cflags --libs kvstore-cpp) -o "$folder/embed"
check "$folder/embed" "$folder/with_pkg_config.bin"

# --- C: the shared library, and the archive.
libraries=$(dirname "$PKG_CONFIG_PATH")
[ -e "$libraries/libkvstore.so.0" ] || { echo "libkvstore.so.0 is not installed"; exit 1; }
compile_c() {  # compile_c PROGRAM FLAG...
  "${CC:-cc}" -std=c11 -Wall -Wextra -Wpedantic -Werror "$KVSTORE_SOURCE/samples/embed.c" -o "$@"
}
check_c() {  # check_c PROGRAM
  local said
  said=$("$1" "$1.bin")
  [ "$said" = 'AAPL: 2010-02-01,204.62
AAPL holds 36 bytes
note holds 17 bytes
visits holds 1 bytes
the note was there' ] || { echo "$1 said: $said"; exit 1; }
  if "$1" "$folder/missing/folder.bin" 2> "$folder/error"; then
    echo "$1 opened a file in a folder that is not there"
    exit 1
  fi
  grep -q "missing/folder.bin" "$folder/error" || { echo "an unclear error:"; cat "$folder/error"; exit 1; }
}
# shellcheck disable=SC2046
compile_c "$folder/embed_c" $(pkg-config --cflags --libs kvstore)
LD_LIBRARY_PATH=$libraries check_c "$folder/embed_c"
# shellcheck disable=SC2046
compile_c "$folder/embed_a" $(pkg-config --cflags kvstore) "$libraries/libkvstore.a" \
  $(pkg-config --static --libs kvstore | sed 's/-lkvstore//')
check_c "$folder/embed_a"

# --- Each header alone, with what it says it needs. kvstore.h is C's, and any C++'s.
include=$prefix/include
echo '#include <kvstore/kvstore.h>' > "$folder/alone.c"
"${CC:-cc}" -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I "$include" "$folder/alone.c"
"$CXX" -x c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I "$include" "$folder/alone.c"
# shellcheck disable=SC2046
(cd "$include" && find kvstore -name '*.h' -o -name '*.hpp') |
  xargs -P 2 -I {} sh -c 'echo "#include <$1>" | "$CXX" -x c++ $(pkg-config --cflags kvstore-cpp) -Wall -Wextra -Werror -fsyntax-only -' sh {} ||
  { echo "a header cannot be included by itself (see above)"; exit 1; }
