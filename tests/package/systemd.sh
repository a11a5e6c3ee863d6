#!/bin/bash
# The package under a real systemd: the unit starts, counts as started once it serves, is sandboxed,
# reloads, has its log rotated, comes back after a crash, and stops. In a Debian of its own, which
# systemd-nspawn boots. As root; a minute. `make package-test` runs it.
#
#   tests/package/systemd.sh DIRECTORY    with the .debs
set -eu -o pipefail
packages=$(cd "$1" && pwd)
die() { printf 'FAILED: %s\n' "$*"; exit 1; }
[ "$(id -u)" = 0 ] || die "this needs root, for debootstrap and systemd-nspawn"
command -v systemd-nspawn > /dev/null || { echo "skipped: no systemd-nspawn (systemd-container)"; exit 0; }
work=$(mktemp -d)
root=$work/root machine='' leader=''
cleanup() {
  [ -z "$leader" ] || kill -RTMIN+4 "$leader" 2> /dev/null || true  # systemd: power off
  [ -z "$machine" ] || wait "$machine" 2> /dev/null || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT

echo "== a fresh Debian with systemd"
# shellcheck disable=SC2016  # apt expands it
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Component: main' | head -1)
debootstrap --variant=minbase --include=ca-certificates,systemd,systemd-sysv,dbus,logrotate,adduser \
  bookworm "$root" "$mirror" > "$work/debootstrap.log" 2>&1 || { tail -5 "$work/debootstrap.log"; die "debootstrap"; }
[ ! -d /etc/apt/apt.conf.d ] || cp -n /etc/apt/apt.conf.d/* "$root/etc/apt/apt.conf.d/" 2> /dev/null || true
cp "$packages"/kvstore_*.deb "$root/kvstore.deb"
# shellcheck disable=SC2016  # for the shell in there
chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
  sh -c 'apt-get -q update && apt-get -q -y --no-install-recommends install /kvstore.deb' \
  > "$work/apt.log" 2>&1 || { tail -5 "$work/apt.log"; die "the package"; }

echo "== boot"
timeout 300 systemd-nspawn -D "$root" --register=no --keep-unit -b > "$work/boot.log" 2>&1 < /dev/null &
machine=$!
for _ in {1..600}; do
  nspawn=$(pgrep -P "$machine" || true)
  leader=$([ -z "$nspawn" ] || pgrep -P "$nspawn" || true)
  [ -z "$leader" ] || ! grep -q 'kvstore.service' "$work/boot.log" || break
  kill -0 "$machine" 2> /dev/null || { tail -5 "$work/boot.log"; echo "skipped: this machine boots no systemd"; machine='' leader=''; exit 0; }
  sleep 0.1
done
inside() { nsenter -t "$leader" -m -u -i -n -p -C -r -w env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"; }
shown() { inside systemctl show kvstore -p "$1" --value; }
within() {  # within SECONDS COMMAND...
  local left=$(($1 * 10))
  shift
  until "$@" > /dev/null 2>&1; do [ $((left--)) -gt 0 ] || return 1; sleep 0.1; done
}
is_active() { [ "$(shown ActiveState)" = active ]; }
within 60 is_active || { inside journalctl -u kvstore --no-pager | tail -5; die "it did not start"; }
[ "$(shown Type)" = notify ] || die "it is no Type=notify"
[[ "$(shown StatusText)" == 'serving on 127.0.0.1:7878'* ]] || die "systemd was told: $(shown StatusText)"
# It counted as started once it served: a client need not wait.
inside kvstore put greeting hello
[ "$(inside kvstore get greeting)" = hello ] || die "another value"

echo "== sandbox"
pid=$(shown MainPID)
status=$(inside cat "/proc/$pid/status")
for line in 'CapBnd:	0000000000000000' 'NoNewPrivs:	1' 'Seccomp:	2'; do
  [[ $status == *"$line"* ]] || die "not $line"
done
[ "$(inside ps -o user= -p "$pid" 2> /dev/null || inside stat -c %U "/proc/$pid")" = kvstore ] || die "another user"
jailed() { inside nsenter -t "$pid" -m setpriv --reuid kvstore --regid kvstore --clear-groups "$@"; }
for path in /usr/x /etc/kvstore/x /var/x /opt/x; do
  ! jailed touch "$path" 2> /dev/null || die "it may write $path"
done
for path in /tmp/x /var/lib/kvstore/x /var/log/kvstore/x /run/kvstore/x; do
  jailed touch "$path" || die "it may not write $path"
  jailed rm "$path"
done
score=$(inside systemd-analyze security kvstore --no-pager 2> /dev/null | sed -n 's/.*exposure level for kvstore.service: \([0-9.]*\).*/\1/p')
awk -v score="$score" 'BEGIN { exit !(score != "" && score <= 2) }' || die "systemd-analyze security: '$score'"

echo "== reload and logrotate"
log=$root/var/log/kvstore/kvstore.log
inside systemctl reload kvstore || { inside journalctl -u kvstore --no-pager | tail -5; die "it does not reload"; }
within 10 grep -q SIGHUP "$log" || die "a reload does nothing"
{ [ "$(shown MainPID)" = "$pid" ] && is_active; } || die "a reload restarts it"
inside logrotate -f /etc/logrotate.d/kvstore
within 10 grep -q SIGHUP "$log" || die "no new log after logrotate"
[ -s "$log.1" ] || die "the old log is gone"

echo "== a crash, a restart, an end"
inside sh -c "kill -KILL $pid"
is_another() { is_active && [ "$(shown MainPID)" != "$pid" ]; }
within 30 is_another || die "it does not come back after a crash"
[ "$(inside kvstore get greeting)" = hello ] || die "the value is gone"
inside systemctl restart kvstore
[ "$(inside kvstore get greeting)" = hello ] || die "the value is gone"
inside systemctl stop kvstore
[ "$(shown ActiveState) $(shown Result)" = 'inactive success' ] || die "it ended: $(shown ActiveState) $(shown Result)"
sed -i 's/^listen = .*/listen = "nonsense"/' "$root/etc/kvstore/kvstore.toml"
! inside systemctl start kvstore 2> /dev/null || die "it starts with a wrong configuration"
inside journalctl -u kvstore --no-pager | grep -q "cannot listen on 'nonsense'" || die "the journal does not say what is wrong"
echo "systemd starts, reloads, restarts and stops it"
