#!/bin/bash
# What tools/setup takes for installed, for each state the package database knows;
# and that the build names the package when something is missing all the same.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"
cd "$folder"

fake() { cat > "bin/$1"; chmod +x "bin/$1"; }

# Every package is `install ok installed amd64`, but for what the file "states" says:
# lines of PACKAGE WANT FLAG STATUS ARCHITECTURE, a line for each architecture.
fake dpkg-query <<'FAKE'
#!/bin/bash
for last in "$@"; do
  case $last in -f=*) format=${last#-f=} ;; esac
done
lines=$(grep "^$last " states) || lines="$last install ok installed amd64"
case $lines in
  *" unknown-package") echo "dpkg-query: no packages found matching $last" >&2; exit 1 ;;
esac
while read -r _ want flag status architecture; do
  text=${format//'${db:Status-Status}'/$status}
  text=${text//'${db:Status-Want}'/$want}
  text=${text//'${db:Status-Eflag}'/$flag}
  text=${text//'${Status}'/$want $flag $status}
  text=${text//'${Architecture}'/$architecture}
  printf '%b' "$text"
done <<< "$lines"
FAKE
fake dpkg <<'FAKE'
#!/bin/bash
[ "$*" = --print-architecture ] && echo amd64
FAKE
fake id <<< 'echo 0'
fake npm <<< 'exit 1'
fake apt-get <<'FAKE'
#!/bin/bash
echo "$*" | grep -o 'install .*' >> asked || true
FAKE

asked_for() {  # asked_for STATES-LINE...: the packages that are installed then
  printf '%s\n' "$@" > states
  : > asked
  PATH="$folder/bin:$PATH" "$KVSTORE_SOURCE/tools/setup" run 2> "$folder/talk" ||
    { echo "tools/setup failed:"; cat talk; exit 1; }
  sed 's/install -y --no-install-recommends //' asked
}

expect() {  # expect PACKAGES WHAT STATES-LINE...
  local wanted=$1 what=$2 got
  shift 2
  got=$(asked_for "$@")
  [ "$got" = "$wanted" ] || { echo "$what: installs '$got' and not '$wanted'"; exit 1; }
}

expect '' 'everything is there' ''
for status in not-installed config-files half-installed unpacked half-configured \
  triggers-awaited triggers-pending; do
  expect libfmt-dev "$status" "libfmt-dev install ok $status amd64"
done
expect libfmt-dev 'removed, not purged' 'libfmt-dev deinstall ok config-files amd64'
expect libfmt-dev 'nobody has heard of it' 'libfmt-dev unknown-package'
expect '' 'held' 'libfmt-dev hold ok installed amd64'
expect '' 'to be removed, but still there' 'libfmt-dev deinstall ok installed amd64'
expect libfmt-dev 'held before it was installed' 'libfmt-dev hold ok not-installed amd64'
expect '' 'for all architectures' 'nlohmann-json3-dev install ok installed all'
expect libfmt-dev 'of another architecture only' 'libfmt-dev install ok installed arm64'
expect '' 'of several architectures' 'libfmt-dev install ok installed arm64' \
  'libfmt-dev install ok installed amd64'
expect libfmt-dev 'of this architecture only its settings' \
  'libfmt-dev install ok installed arm64' 'libfmt-dev deinstall ok config-files amd64'
expect 'cmake libfmt-dev' 'several are missing' 'cmake unknown ok not-installed amd64' \
  'libfmt-dev unknown ok not-installed amd64'

# A package that brings a service is installed only where the policy is that none starts.
fake policy-rc.d <<< 'exit "$(cat policy)"'
for policy in 101 0; do
  echo $policy > policy
  printf '%s\n' 'prometheus unknown ok not-installed amd64' > states
  : > asked
  PATH="$folder/bin:$PATH" "$KVSTORE_SOURCE/tools/setup" test 2> talk || { cat talk; exit 1; }
  installs=0
  ! grep -q prometheus asked || installs=101
  [ $installs = $policy ] || { echo "with a policy of $policy it installs '$(cat asked)'"; exit 1; }
done

# What tools/setup could not know: CMake says the package's name, of all at once.
if cmake -S "$KVSTORE_SOURCE" -B tree -DKVSTORE_TESTS=OFF -DCMAKE_DISABLE_FIND_PACKAGE_fmt=ON \
  -DCMAKE_DISABLE_FIND_PACKAGE_CLI11=ON > cmake.log 2>&1; then
  echo "CMake did not miss fmt"
  exit 1
fi
tr -s ' \n' ' ' < cmake.log | grep -q 'apt-get install libfmt-dev libcli11-dev' ||
  { echo "CMake does not name the packages:"; cat cmake.log; exit 1; }
if PKG_CONFIG_LIBDIR=/nowhere cmake -S "$KVSTORE_SOURCE" -B tree2 -DKVSTORE_TESTS=OFF > cmake.log 2>&1; then
  echo "CMake did not miss libisal"
  exit 1
fi
tr -s ' \n' ' ' < cmake.log | grep -q 'apt-get install libisal-dev libxxhash-dev libzstd-dev libsodium-dev prometheus-cpp-dev libutf8proc-dev libedit-dev libncurses-dev' ||
  { echo "CMake does not name the packages:"; cat cmake.log; exit 1; }

# Without a compiler there is no tree to configure; the package is named all the same.
if CXX=no-such-compiler "$KVSTORE_SOURCE/tools/build" "$folder/tree3" OFF kvstore 2> "$folder/talk"; then
  echo "it was built without a compiler"
  exit 1
fi
grep -q 'apt-get install g++' talk || { cat talk; exit 1; }
