#compdef kvstore
# Completion for zsh: options and subcommands, files, then commands. Asks the program
# itself, so that it knows what this version knows.
_kvstore() {
  local program=$words[1] subcommand='' current=$words[CURRENT] before=none file='' word
  local -a subcommands options commands takes
  subcommands=(backup bench compact connect convert delete demo export get import map put replay restore verify)
  (( CURRENT > 2 && $subcommands[(Ie)$words[2]] )) && subcommand=$words[2]

  if [[ $current == -* ]]; then
    options=(${(f)"$($program $subcommand --help 2> /dev/null |
      sed -nE 's/^  ((-[a-z]),)?(--[a-z-]+)( [^ ]+)? +([^ ].*)$/\3:\5/p')"})
    _describe option options
    return
  fi
  # What follows an option that takes a value is not FILE.
  takes=(${(f)"$($program $subcommand --help 2> /dev/null |
    sed -nE 's/^  ((-[a-z]),)?(--[a-z-]+) [A-Z[].*/\3/p')"})
  for word in ${words[2,CURRENT-1]}; do
    [[ $word == -* || $word == $subcommand ]] || (( $takes[(Ie)$before] )) || file=$word
    before=$word
  done
  if [[ -z $subcommand && -n $file ]]; then
    # A database that does not exist is not created by a question.
    commands=(${(f)"$($program ./.kvstore-no-such-file HELP 2> /dev/null |
      sed -nE 's/^  ([A-Z]+)( .*)?$/\1/p')"})
    compadd -M 'm:{a-z}={A-Z}' -a commands
    return
  fi
  (( CURRENT == 2 )) && compadd -a subcommands
  _files
}
_kvstore "$@"
