# shellcheck shell=bash
# Completion for bash: options, their values and subcommands, files, then commands. Asks the program
# itself, so that it knows what this version knows.

# What may stand after option $1, by the help on stdin: -FILES-, or the words that it lists behind a
# colon. Nothing: whatever that option takes cannot be guessed. Without an option: workloads.
_kvstore_values() {
  awk -v option="$1" '
    option == "" && /^Workloads/ { lists = 1; next }
    lists && /^  [a-z]/ { print $1; next }
    lists { exit }
    option == "" || $0 !~ /^  (-[a-z],)?--/ { next }
    {
      sub(/^  (-[a-z],)?/, "")
      if ($1 != option) next
      if ($2 ~ /^(FILE|SCRIPT|OUT|PATH|TARGET)$/) { print "-FILES-"; exit }
      sub(/[(;].*/, "")
      if (!sub(/.*: /, "")) exit
      count = split($0, words, /, *(or )?| or /)
      for (i = 1; i <= count; i++) {
        sub(/ +$/, "", words[i])
        if (words[i] ~ /^[a-z0-9][a-z0-9%]*$/) print words[i]
      }
      exit
    }'
}

# Commands of the table. A database that does not exist is not created by a question.
_kvstore_commands() {
  "$1" ./.kvstore-no-such-file HELP 2> /dev/null | grep -oE '^  [A-Z]+'
}

_kvstore() {
  local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} subcommand='' word file='' before=none
  local help takes values command='' previous=${COMP_WORDS[COMP_CWORD-1]}
  local subcommands='backup bench compact connect convert delete demo export get import map put replay restore verify'
  case " $subcommands " in *" ${COMP_WORDS[1]-} "*) [ "$COMP_CWORD" = 1 ] || subcommand=${COMP_WORDS[1]} ;; esac
  COMPREPLY=()
  # shellcheck disable=SC2086  # no subcommand is no word
  help=$("$program" $subcommand --help 2> /dev/null)
  # Of options that take a value: what follows them is not FILE.
  takes=" $(sed -nE 's/^  ((-[a-z]),)?(--[a-z-]+) [A-Z].*/\2 \3/p' <<< "$help" | tr '\n' ' ') "

  if [[ $takes == *" $previous "* ]]; then
    values=$(_kvstore_values "$previous" <<< "$help")
    if [ "$values" = -FILES- ]; then
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
    else
      mapfile -t COMPREPLY < <(compgen -W "$values" -- "$current")
    fi
    return
  fi
  if [[ $current == -* ]]; then
    # Sentences of the help name options of other subcommands.
    mapfile -t COMPREPLY < <(compgen -W "$(grep -E '^  -' <<< "$help" |
      sed -E 's/^  (-[a-z])?,?(--[a-z][a-z-]*)?.*/\1 \2/' | sort -u)" -- "$current")
    return
  fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $word != -* && $word != "$subcommand" && $takes != *" $before "* ]]; then
      # Of whole commands in quotes there may be more; behind a bare one stand its arguments.
      [[ $word == *[[:blank:]]* ]] || [[ -z $file && $subcommand != connect ]] ||
        ! _kvstore_commands "$program" | grep -qixF -- "  $word" || command=$word
      file=$word
    fi
    before=$word
  done
  case $subcommand in
    get | put | delete) return ;;  # a key
    bench) mapfile -t COMPREPLY < <(compgen -W "$(_kvstore_values '' <<< "$help")" -- "$current"); return ;;
    connect) [[ -z $file && $current == */* ]] || file=connected ;;  # to a socket's path, or a command
  esac
  if [[ -n $file && ( -z $subcommand || $subcommand = connect ) ]]; then
    [[ -z $command ]] || return 0
    mapfile -t COMPREPLY < <(compgen -W "$(_kvstore_commands "$program")" -- "${current^^}")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    [[ $COMP_CWORD != 1 ]] ||
      mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "$subcommands" -- "$current")
  fi
}
complete -o filenames -F _kvstore kvstore
