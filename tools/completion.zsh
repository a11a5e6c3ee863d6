#compdef kvstore
# Completion for zsh: options, their values and subcommands, files, then commands. Asks the program
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
  $1 ./.kvstore-no-such-file HELP 2> /dev/null | sed -nE 's/^  ([A-Z]+)( .*)?$/\1/p'
}

_kvstore() {
  local program=$words[1] subcommand='' current=$words[CURRENT] before=none file='' command='' word help
  local -a subcommands options commands takes values
  subcommands=(backup bench compact connect convert delete demo export get import map put replay restore verify)
  (( CURRENT > 2 && $subcommands[(Ie)$words[2]] )) && subcommand=$words[2]
  help=$($program $subcommand --help 2> /dev/null)
  # Of options that take a value: what follows them is not FILE.
  takes=(${(f)"$(sed -nE 's/^  ((-[a-z]),)?(--[a-z-]+) [A-Z[].*/\3/p' <<< $help)"})

  if (( $takes[(Ie)$words[CURRENT-1]] )); then
    values=(${(f)"$(_kvstore_values $words[CURRENT-1] <<< $help)"})
    if [[ $values[1] == -FILES- ]]; then _files; elif (( $#values )); then compadd -a values; fi
    return
  fi
  if [[ $current == -* ]]; then
    options=(${(f)"$(sed -nE 's/^  ((-[a-z]),)?(--[a-z-]+)( [^ ]+)? +([^ ].*)$/\3:\5/p' <<< $help)"})
    _describe option options
    return
  fi
  for word in ${words[2,CURRENT-1]}; do
    if [[ $word != -* && $word != $subcommand ]] && ! (( $takes[(Ie)$before] )); then
      # Of whole commands in quotes there may be more; behind a bare one stand its arguments.
      if [[ $word != *[[:blank:]]* && ( -n $file || $subcommand == connect ) ]] &&
         _kvstore_commands $program | grep -qixF -- $word; then
        command=$word
      fi
      file=$word
    fi
    before=$word
  done
  case $subcommand in
    get | put | delete) return ;;  # a key
    bench) values=(${(f)"$(_kvstore_values '' <<< $help)"}); compadd -a values; return ;;
    connect) [[ -z $file && $current == */* ]] || file=connected ;;  # to a socket's path, or a command
  esac
  if [[ -n $file && ( -z $subcommand || $subcommand == connect ) ]]; then
    [[ -z $command ]] || return 0
    commands=(${(f)"$(_kvstore_commands $program)"})
    compadd -M 'm:{a-z}={A-Z}' -a commands
    return
  fi
  (( CURRENT == 2 )) && compadd -a subcommands
  _files
}
_kvstore "$@"
