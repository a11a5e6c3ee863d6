#!/bin/bash
# One script through every door there is: text, RESP2, RESP3, HTTP (any command, and its own verbs), the shell on a
# file, C, Python, Node (its calls, and any command). The answers are the same. Bindings that were not built are
# left out, and said to be.
set -u
here=$(cd "$(dirname "$0")" && pwd)
python=/usr/bin/python3
[ -x $python ] || python=$(command -v python3) || exit 77
case ${KVSTORE_SANITIZE:-} in
  *thread*) echo "skipped: interpreters are not built for ThreadSanitizer"; exit 77 ;;
  *address*)
    LD_PRELOAD=$("${CXX:-c++}" -print-file-name=libasan.so) && export LD_PRELOAD
    # What interpreters leak at their end is not ours.
    export ASAN_OPTIONS=detect_leaks=0:handle_sigbus=0 PYTHONMALLOC=malloc ;;
esac
exec timeout 120 "$python" -B "$here/same_script/main.py"
