#!/bin/bash
# The installed bash completion knows options, subcommands and commands.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# shellcheck source=tools/completion.bash
. "$KVSTORE_SOURCE/tools/completion.bash"

completes() {  # completes EXPECTED WORD...: the last word's completions
  local expected=$1
  shift
  # What bash sets before it calls a completion function.
  # shellcheck disable=SC2034
  COMP_WORDS=("$KVSTORE" "$@") COMP_CWORD=$#
  _kvstore
  [ "${COMPREPLY[*]}" = "$expected" ] || { echo "$*: got '${COMPREPLY[*]}', not '$expected'"; exit 1; }
}

touch versions.bin
completes "--sync" --sy
completes "versions.bin verify" ver
completes "--repair" verify --rep
completes "" backup --rep
completes "--no-empty" -x --no-em
completes "versions.bin" verify v
completes "STRLEN" versions.bin strl
completes "versions.bin" --wait 3 v
completes "STRLEN" --wait 3 --json versions.bin strl
# Values: those that help lists, files, or nothing.
completes "always none" --sync ""
completes "none" versions.bin --sync n
completes "text resp" replay --protocol ""
completes "none optional require" --tls-clients ""
completes "trace debug info warn error off" --log-level ""
completes "kv jsonl csv resp" import --format ""
completes "10x max" replay --speed ""
completes "none zstd" compact --compress ""
completes "" versions.bin get ""
completes "" versions.bin ZRANGE z 0 -1 W
completes "STRLEN" versions.bin "'SET a 1'" strl
completes "" connect 7878 get s
completes "" connect get s
completes "versions.bin" --config v
completes "" --wait ""
completes "" connect --user v
completes "fill" bench fi
completes "ycsb-a ycsb-b ycsb-c ycsb-d ycsb-e ycsb-f" bench fill yc
completes "" get ""
completes "" put --ttl 3 v
completes "--no-newline" get --no-n
completes "STRLEN" connect 7878 strl
completes "STRLEN" connect strl
completes "versions.bin" export v
[ "$(ls -A)" = versions.bin ] || { echo "completion made files: $(ls -A)"; exit 1; }

# All shells know the subcommands that there are.
for shell in bash zsh fish; do
  for page in "$KVSTORE_SOURCE"/docs/man/kvstore-*.1; do
    name=$(basename "$page" .1)
    grep -qw -- "${name#kvstore-}" "$KVSTORE_SOURCE/tools/completion.$shell" || {
      echo "completion.$shell does not know ${name#kvstore-}"; exit 1; }
  done
done

ln -s "$KVSTORE" kvstore
PATH=$PWD:$PATH
if command -v fish > /dev/null; then
  fish_completes() {  # fish_completes EXPECTED LINE
    local got
    got=$(fish --no-config -c "source '$KVSTORE_SOURCE/tools/completion.fish'; complete -C '$2'" | cut -f1 | tr '\n' ' ')
    [[ " $got" == *" $1 "* ]] || { echo "fish: $2: got '$got', not '$1'"; exit 1; }
  }
  fish_completes verify 'kvstore ver'
  fish_completes --sync 'kvstore --sy'
  fish_completes --repair 'kvstore verify --rep'
  fish_completes versions.bin 'kvstore verify v'
  fish_completes STRLEN 'kvstore versions.bin STRL'
  fish_completes STRLEN 'kvstore --wait 3 versions.bin STRL'
  fish_completes none 'kvstore --sync n'
  fish_completes resp 'kvstore replay --protocol '
  fish_completes versions.bin 'kvstore --config v'
  fish_completes ycsb-f 'kvstore bench fill yc'
  fish_completes STRLEN 'kvstore connect 7878 STRL'
  fish_completes STRLEN 'kvstore versions.bin "SET a 1" STRL'
  for line in 'kvstore get v' 'kvstore --wait v' 'kvstore put k v' 'kvstore versions.bin GET st'; do
    [ -z "$(fish --no-config -c "source '$KVSTORE_SOURCE/tools/completion.fish'; complete -C '$line'")" ] ||
      { echo "fish: $line has completions"; exit 1; }
  done
fi
if command -v zsh > /dev/null && command -v tmux > /dev/null; then
  mkdir functions && cp "$KVSTORE_SOURCE/tools/completion.zsh" functions/_kvstore
  cat > .zshrc <<'ZSH'
fpath=(./functions $fpath); autoload -Uz compinit; compinit -u -D; PS1='%% '
ZSH
  terminals=0
  zsh_completes() {  # zsh_completes EXPECTED LINE: what stands there after Tab
    local _ screen=
    # One each: a tmux server that is still ending would answer for its successor.
    local socket=socket-$((++terminals))
    tmux -S "$socket" -f /dev/null new-session -d -s z -x 150 -y 20 env ZDOTDIR="$PWD" PATH="$PATH" zsh
    for _ in {1..300}; do tmux -S "$socket" capture-pane -p -t z | grep -q '^%' && break; sleep 0.1; done
    tmux -S "$socket" send-keys -t z -l "$2"
    tmux -S "$socket" send-keys -t z Tab
    for _ in {1..300}; do
      screen=$(tmux -S "$socket" capture-pane -p -t z)
      [[ $screen == *"$1"* ]] && break
      sleep 0.1
    done
    tmux -S "$socket" kill-server
    [[ $screen == *"$1"* ]] || { echo "zsh: $2: $screen"; exit 1; }
  }
  zsh_completes 'kvstore verify --repair' 'kvstore verify --repa'
  zsh_completes 'kvstore restore' 'kvstore rest'
  zsh_completes 'kvstore versions.bin STRLEN' 'kvstore versions.bin strl'
  zsh_completes 'kvstore --tls-clients optional' 'kvstore --tls-clients opt'
  zsh_completes 'kvstore bench fill readrange' 'kvstore bench fill readr'
  zsh_completes 'kvstore connect 7878 STRLEN' 'kvstore connect 7878 strl'
fi
