#!/bin/bash
# Backups where files can share blocks (FICLONERANGE): file systems of the test's own, in a mount
# namespace of its own. Needs the right to mount, and mkfs.xfs or mkfs.btrfs; else it is skipped.
set -u
if [ -z "${KVSTORE_REFLINKS:-}" ]; then
  if ! unshare --mount true 2>/dev/null; then
    echo "skipped: this test mounts a file system, and that is not permitted here"
    exit 77
  fi
  KVSTORE_REFLINKS=1 exec unshare --mount --propagation private bash "$0"
fi

directory=$(mktemp -d) || exit 1
mkdir "$directory/disk"
trap 'cd /; kill $(jobs -p) 2> /dev/null; wait; umount "$directory/disk" 2> /dev/null; rm -rf "$directory"' EXIT
failures=0
tried=0

check() {  # what, then a command
  local what=$1
  shift
  "$@" && return
  echo "FAILED: $kind: $what"
  failures=$((failures + 1))
}

make_disk() {  # of $kind, 320 MiB
  local options=(-q)
  [ "$kind" = xfs ] && options+=(-m reflink=1)
  rm -f "$directory/image"
  truncate -s 320M "$directory/image" && "mkfs.$kind" "${options[@]}" "$directory/image" > "$directory/said" 2>&1 &&
    mount -o loop "$directory/image" "$directory/disk" >> "$directory/said" 2>&1
}
used() { sync -f . && echo $((($(stat -f -c %b .) - $(stat -f -c %f .)) * $(stat -f -c %S .) / 1024)); }
takes_at_most() {  # KiB, then a command: what the disk has less afterwards
  local most=$1 before after
  shift
  before=$(used)
  "$@" || return
  after=$(used)
  [ $((after - before)) -le "$most" ] || { echo "it took $((after - before)) KiB of the disk"; false; }
}
kv() { "$KVSTORE" --no-init --sync none --compact-at off "$@"; }
is_intact() { "$KVSTORE" verify "$1" > "$directory/said" || { cat "$directory/said"; false; }; }
value_of() { kv --read-only "$1" GET "$2" | sha256sum; }
same() { [ "$(value_of "$1" big)" = "$(value_of "$2" big)" ] && [ "$(kv "$1" COUNT)" = "$(kv "$2" COUNT)" ]; }

a_backup_shares() {
  takes_at_most 4096 "$KVSTORE" backup -q data.bin full.kvs && is_intact full.kvs && same data.bin full.kvs
}
it_is_on_its_own() {  # whatever is written to the source afterwards
  local before
  before=$(sha256sum < full.kvs)
  kv data.bin SET later 1 && kv data.bin APPEND big more > /dev/null || return
  [ "$before" = "$(sha256sum < full.kvs)" ]
}
an_increment_is_put_onto_a_shared_copy() {
  "$KVSTORE" backup -q --since full.kvs data.bin 1.inc || return
  takes_at_most 8192 "$KVSTORE" restore -q full.kvs 1.inc back.kvs && same data.bin back.kvs && is_intact back.kvs
}
beside_a_writer() {
  local address server
  "$KVSTORE" --sync 10ms --compact-at off data.bin --listen 0 2> log &
  server=$!
  for _ in {1..200}; do
    address=$(sed -n 's/^kvstore: ready on \([^,]*\),.*/\1/p' log)
    [ -n "$address" ] && break
    sleep 0.05
  done
  (for i in {1..2000}; do echo "SET run:$i $i"; done | "$KVSTORE" connect "$address" > said 2>&1) &
  local writes=$! done=0
  takes_at_most 40000 "$KVSTORE" connect "$address" BACKUP "$PWD/live.kvs" > backed_up 2>&1 || done=1
  wait "$writes"
  kill "$server"
  wait "$server"
  [ $done = 0 ] || { cat backed_up log; return 1; }
  is_intact live.kvs && [ "$(kv live.kvs EXISTS big)" = 1 ]
}
with_less_space_than_it_has() {
  fallocate -l "$((($(stat -f -c %a .) * $(stat -f -c %S .) / 1024) - 30720))K" filler || return
  takes_at_most 4096 "$KVSTORE" backup -q data.bin tight.kvs && same data.bin tight.kvs
}

for kind in xfs btrfs; do
  command -v "mkfs.$kind" > /dev/null || continue
  make_disk || { cat "$directory/said"; continue; }
  tried=$((tried + 1))
  cd "$directory/disk" || exit 1
  head -c 60000000 /dev/urandom | kv data.bin -x SET big
  seq 1 1000 | sed 's/.*/SET key& "value &"/' | kv data.bin
  check "a backup shares its blocks" a_backup_shares
  check "what is written to the source is not in it" it_is_on_its_own
  check "an increment is put onto a copy that shares" an_increment_is_put_onto_a_shared_copy
  check "beside a writer" beside_a_writer
  check "with less space than the file has" with_less_space_than_it_has
  cd /
  umount "$directory/disk"
done
if [ $tried = 0 ]; then
  echo "skipped: no file system whose files share blocks can be made and mounted here"
  exit 77
fi
[ $failures = 0 ]
