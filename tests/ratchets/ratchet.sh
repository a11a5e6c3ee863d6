# shellcheck shell=bash
# What every ratchet does. A ratchet defines
#   plant ROOT        makes a small tree that breaks its rule
#   violations ROOT   prints a line for each place that breaks it
# and ends with `ratchet "the rule"`. It has to see the planted violation, so
# that it cannot pass by having become blind, and none in the source tree.
ratchet() {
  local rule=$1 found
  planted=$(mktemp -d)
  trap 'rm -rf "$planted"' EXIT
  plant "$planted"
  [ -n "$(violations "$planted")" ] || {
    echo "this test is blind: it does not see a planted violation of: $rule"
    exit 1
  }
  found=$(violations "$KVSTORE_SOURCE")
  [ -z "$found" ] || {
    printf 'the rule: %s\nbroken by:\n%s\n' "$rule" "$found"
    exit 1
  }
}

# The directories that hold code, of those that are there.
code_folders() {
  local folder
  for folder in src include bindings repl server tests bench tools samples main.cpp; do
    [ ! -e "$1/$folder" ] || echo "$1/$folder"
  done
}
