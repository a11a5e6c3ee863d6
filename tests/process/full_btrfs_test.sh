#!/bin/bash
# A full copy-on-write file system: space that is preallocated needs new space once more when it is
# stored to. A write is FULL, reads go on, writes heal, and what was acknowledged is there. Needs
# btrfs, and the right to mount; says so and is skipped without.
set -u
. "$(dirname "$0")/../support/checks.sh"
skip() { echo "skipped: this test mounts a btrfs file system: $1"; exit 77; }
if [ -z "${KVSTORE_FULL_BTRFS:-}" ]; then
  command -v mkfs.btrfs > /dev/null || skip "there is no mkfs.btrfs here"
  unshare --mount true 2> /dev/null || skip "that is not permitted here"
  KVSTORE_FULL_BTRFS=1 exec unshare --mount --propagation private bash "$0"
fi

outside=$(mktemp -d) || exit 1
cd "$outside" || exit 1
trap 'cd /; umount "$outside/m" 2> /dev/null; rm -rf "$outside"' EXIT
mkdir m
truncate -s 130M image
mkfs.btrfs -q -f -M image > /dev/null 2>&1 && mount -o loop image m 2> mount.log ||
  skip "$(cat mount.log)"

fill() {  # until three files in a row do not fit
  local i misses=0
  for i in {1..40}; do
    dd if=/dev/urandom of="m/$1$i" bs=64K count=200 conv=fsync status=none 2> /dev/null &&
      misses=0 && continue
    misses=$((misses + 1))
    [ $misses = 3 ] && return
  done
}
make_space() { rm -f m/ballast* m/more*; sync -f m; }
c() { timeout 60 "$KVSTORE" connect "$address" "$@" 2>&1; }
is() { [ "$1" = "$2" ] || { echo "it is '${1:0:200}', not '${2:0:200}'"; false; }; }
full_or_done() { case $1 in '' | *FULL*) ;; *) echo "it says: $1"; false ;; esac }
heals() {
  local _
  for _ in {1..200}; do
    c SET h 1 > /dev/null
    [ "$(c GET h)" = 1 ] && return
    sleep 0.05
  done
  c SET h 1
  return 1
}

big=$(head -c 60000 /dev/urandom | base64 -w0)
for policy in always none; do
  rm -f m/*
  "$KVSTORE" m/data.bin --sync $policy --scrub-rate off --listen 0 2> log &
  server=$!
  for _ in {1..400}; do
    address=$(sed -n 's/^kvstore: ready on \([^, ]*\).*/\1/p' log)
    [ -n "$address" ] && break
    sleep 0.05
  done
  check "a first write" is "$(c SET a 1)" ""
  check "a synced write" is "$(c SET b 1)" ""
  fill ballast
  for i in 1 2 3; do
    check "a write on a full disk is FULL" full_or_done "$(c SET w$i "$(printf 'x%.0s' {1..300})")"
    check "a long one, too" full_or_done "$(c SET big "$big")"
    check "reads go on" is "$(c GET a)" 1
  done
  make_space
  check "it heals" heals
  check "nothing is lost" is "$(c GET a)" 1
  check "a write with space" is "$(c SET big "$big")" ""

  # Killed on a full disk, and opened there.
  fill more
  check "a write on a full disk again" full_or_done "$(c SET x 1)"
  kill -9 $server
  wait $server 2> /dev/null
  check "a command opens the file on a full disk" expect 0 m/data.bin GET a
  "$KVSTORE" m/data.bin --sync $policy --scrub-rate off --listen 0 2> log &
  server=$!
  address=
  for _ in {1..400}; do
    address=$(sed -n 's/^kvstore: ready on \([^, ]*\).*/\1/p' log)
    [ -n "$address" ] && break
    sleep 0.05
  done
  check "a server opens it" [ -n "$address" ]
  [ -n "$address" ] || cat log
  check "and reads it" is "$(c GET b)" 1
  check "and writes, or says FULL" full_or_done "$(c SET x 2)"
  make_space
  check "it heals after that" heals
  check "all is there" is "$(c GET big)" "$big"
  kill $server
  wait $server
  check "it ends well" [ $? = 0 ]
  check "the file is whole" expect 0 verify m/data.bin
done
[ $failures = 0 ]
