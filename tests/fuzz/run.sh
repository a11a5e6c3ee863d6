#!/bin/bash
# Builds the fuzzers with clang and runs each for some time, two at once.
#
#   tests/fuzz/run.sh [SECONDS [TARGET...]]      default: 60, all of tests/fuzz/*_fuzz.cpp
#
# What is found is kept in BUILD/found/, with the command that runs it again; the
# exit code is then 1. New inputs go to BUILD/corpus/, and never into the tree:
# tests/fuzz/README.md says how the corpora are renewed.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$source/build-fuzz}
seconds=${1:-60}
[ $# = 0 ] || shift

say() { printf 'fuzz: %s\n' "$*" >&2; }

# clang 14's runtime does not know how this tree's C++20 is compiled.
compiler=${CXX:-}
case $compiler in
  *clang*) ;;
  *) compiler=$(command -v clang++-16 || command -v clang++) || {
    say "clang is needed: tools/setup fuzz"
    exit 2
  } ;;
esac

targets=("$@")
if [ ${#targets[@]} = 0 ]; then
  for file in "$source"/tests/fuzz/*_fuzz.cpp; do targets+=("$(basename "$file" _fuzz.cpp)"); done
fi

cmake -G Ninja -S "$source" -B "$build" -DKVSTORE_FUZZ=ON -DCMAKE_CXX_COMPILER="$compiler" >/dev/null
ninja -C "$build" "${targets[@]/%/_fuzz}" >&2

# Memory is bounded: no input may make it grow past this, whatever it announces.
options=(-max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024
  -malloc_limit_mb=256 -print_final_stats=1)

run_one() {  # the summary on stdout; 1 if something was found
  local name=$1 found=$build/found log=$build/$1.log program=$build/tests/fuzz/${1}_fuzz
  local dictionary=$source/tests/fuzz/dict/$name.dict extra=()
  [ ! -f "$dictionary" ] || extra=(-dict="$dictionary")
  mkdir -p "$found" "$build/corpus/$name"
  if ASAN_OPTIONS=quarantine_size_mb=32:detect_leaks=1 "$program" "${options[@]}" "${extra[@]}" \
    -artifact_prefix="$found/$name-" "$build/corpus/$name" "$source/tests/fuzz/corpus/$name" \
    >"$log" 2>&1; then
    echo "$name: nothing found in $(awk '/number_of_executed_units/ { print $2 }' "$log") runs"
    return 0
  fi
  echo "$name: FOUND $(grep -aE '^FOUND|SUMMARY' "$log" | head -3)"
  grep -ao 'Test unit written to .*' "$log" | sed "s|Test unit written to|  again: $program|"
  echo "  the whole account: $log"
  return 1
}

failed=0
pids=()
finish_oldest() {
  wait "${pids[0]}" || failed=1
  pids=("${pids[@]:1}")
}
for name in "${targets[@]}"; do
  [ ${#pids[@]} -lt 2 ] || finish_oldest
  run_one "$name" &
  pids+=($!)
done
while [ ${#pids[@]} -gt 0 ]; do finish_oldest; done
exit $failed
