#!/bin/bash
# The Debian packages: lintian finds nothing, and they install, run, upgrade and purge in a fresh
# Debian. As root; some minutes. `make package-test` runs it.
#
#   tests/package/run.sh DIRECTORY    with the .debs
set -eu -o pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
packages=$(cd "$1" && pwd)
work=$(mktemp -d)
root=$work/root
cleanup() {
  [ -z "${server:-}" ] || kill "$server" 2> /dev/null || true
  umount "$root/proc" 2> /dev/null || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
step() { printf '== %s\n' "$*"; }
die() { printf 'FAILED: %s\n' "$*"; exit 1; }
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
apt() { inside apt-get -q -y -o Dpkg::Use-Pty=0 "$@" > "$work/apt.log" 2>&1 || { tail -20 "$work/apt.log"; die "apt-get $*"; }; }
# As the fresh system sees it.
deb() { (cd "$root" && printf '/%s\n' debs/"$1"_*.deb); }

[ "$(id -u)" = 0 ] || die "this needs root, for debootstrap and chroot"
shopt -s nullglob
debs=("$packages"/*.deb)
[ ${#debs[@]} -gt 0 ] || die "there are no packages in $packages: make package"

step "lintian"
lintian --allow-root --fail-on error,warning "${debs[@]}" || die "lintian has something to say"

step "a fresh Debian"
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Component: main' | head -1)
debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror" > "$work/debootstrap.log" 2>&1 ||
  { tail -5 "$work/debootstrap.log"; die "debootstrap"; }
[ ! -d /etc/apt/apt.conf.d ] || cp -n /etc/apt/apt.conf.d/* "$root/etc/apt/apt.conf.d/" 2> /dev/null || true
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
mount -t proc proc "$root/proc" 2> /dev/null || true
find "$root" -xdev \( -path "$root/proc" -o -path "$root/var/cache" -o -path "$root/var/lib" -o -path "$root/tmp" \) -prune \
  -o -print | sort > "$work/before"

step "install"
mkdir "$root/debs"
cp "${debs[@]}" "$root/debs"
apt update
apt install --no-install-recommends "$(deb kvstore)"
[ "$(inside kvstore --version)" = "$(inside dpkg-query -W -f 'kvstore ${Version}' kvstore)" ] || die "another version"
inside getent passwd kvstore > /dev/null || die "there is no user kvstore"
[ "$(stat -c %a "$root/var/lib/kvstore")" = 700 ] || die "others may read /var/lib/kvstore"
for file in lib/systemd/system/kvstore.service etc/logrotate.d/kvstore usr/share/man/man1/kvstore-verify.1.gz \
  usr/share/bash-completion/completions/kvstore usr/share/zsh/vendor-completions/_kvstore \
  usr/share/fish/vendor_completions.d/kvstore.fish; do
  [ -s "$root/$file" ] || die "there is no /$file"
done

serve() {  # options; sets $server and $address
  : > "$work/log"
  # Not through a function, so that it is this process that signals go to.
  chroot "$root" setpriv --reuid kvstore --regid kvstore --clear-groups \
    /usr/bin/kvstore --config /etc/kvstore/kvstore.toml --listen 0 "$@" 2> "$work/log" &
  server=$!
  local _
  for _ in {1..100}; do
    address=$(sed -n 's/^kvstore: ready on \([^, ]*\).*/\1/p' "$work/log")
    [ -z "$address" ] || return 0
    sleep 0.1
  done
  cat "$work/log"
  die "the server did not start"
}
stop() { kill "$server"; wait "$server" || die "the server ended with $?"; server=; }

step "run"
serve
inside kvstore put --connect "$address" greeting hello
[ "$(inside kvstore get --connect "$address" greeting)" = hello ] || die "another value"
[ -s "$root/var/log/kvstore/kvstore.log" ] || die "there is no log"
mv "$root/var/log/kvstore/kvstore.log" "$root/var/log/kvstore/kvstore.log.1"  # as logrotate does
kill -HUP "$server"
for _ in {1..50}; do [ -e "$root/var/log/kvstore/kvstore.log" ] && break; sleep 0.1; done
[ -e "$root/var/log/kvstore/kvstore.log" ] || die "SIGHUP began no new log"
stop
if command -v systemd-analyze > /dev/null; then
  systemd-analyze verify --root="$root" kvstore.service 2> "$work/verify" || true
  # The rest of a system is not there: what counts is what it does not understand of the unit.
  ! grep -E 'kvstore.service.*(Unknown|Invalid|Failed to parse|[Ii]gnoring|not an absolute)' "$work/verify" || die "systemd does not like the unit"
fi

step "upgrade, with a configuration that was changed"
echo '# ours' >> "$root/etc/kvstore/kvstore.toml"
mkdir "$work/next"
dpkg-deb -R "${debs[0]%/*}"/kvstore_*.deb "$work/next/tree"
sed -i 's/^Version: .*/&+next/' "$work/next/tree/DEBIAN/control"
dpkg-deb --root-owner-group -b "$work/next/tree" "$root/debs/next.deb" > /dev/null
apt install --no-install-recommends /debs/next.deb
inside dpkg-query -W -f '${Version}' kvstore | grep -q '+next$' || die "it was not upgraded"
grep -q '^# ours$' "$root/etc/kvstore/kvstore.toml" || die "the configuration was overwritten"
serve
[ "$(inside kvstore get --connect "$address" greeting)" = hello ] || die "the value is gone"
stop

if compgen -G "$packages/libkvstore-dev_*.deb" > /dev/null; then
  step "build against the libraries"
  apt install --no-install-recommends gcc libc6-dev pkg-config "$(deb libkvstore0)" "$(deb libkvstore-dev)"
  cp "$source/samples/embed.c" "$root/tmp"
  inside sh -c 'cd /tmp && cc -std=c11 embed.c $(pkg-config --cflags --libs kvstore) -o embed && ./embed /tmp/embed.bin' > /dev/null ||
    die "samples/embed.c"
  inside dpkg-query -L libkvstore0 | grep -q 'libkvstore.so.0$' || die "there is no libkvstore.so.0"
  apt purge libkvstore-dev libkvstore0 gcc libc6-dev pkg-config
fi

step "remove and purge"
apt remove kvstore
[ -e "$root/etc/kvstore/kvstore.toml" ] || die "a removal took the configuration"
apt purge kvstore
apt autoremove --purge
for path in etc/kvstore etc/logrotate.d/kvstore var/log/kvstore usr/bin/kvstore; do
  [ ! -e "$root/$path" ] || die "the purge left /$path"
done
[ -s "$root/var/lib/kvstore/data.bin" ] || die "the purge deleted a database"
rm -rf "$root/debs" "$root/var/lib/kvstore" "$root"/tmp/*
find "$root" -xdev \( -path "$root/proc" -o -path "$root/var/cache" -o -path "$root/var/lib" -o -path "$root/tmp" \) -prune \
  -o -print | sort > "$work/after"
left=$(comm -13 "$work/before" "$work/after" | grep -vE '/var/log/|/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|/ld\.so\.cache' || true)
[ -z "$left" ] || printf 'left by the packages, or what they needed:\n%s\n' "$left" | head -20
[[ $left != *kvstore* ]] || die "the purge left something of kvstore"
echo "the packages install, run, upgrade and purge"
