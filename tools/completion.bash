# shellcheck shell=bash
# Completion for bash: options and subcommands, files, then commands. Asks the
# program itself, so that it knows what this version knows.
_kvstore() {
  local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} subcommand='' word file='' takes before=none
  local subcommands='backup bench compact connect convert delete demo export get import map put replay restore verify'
  case " $subcommands " in *" ${COMP_WORDS[1]-} "*) subcommand=${COMP_WORDS[1]} ;; esac
  COMPREPLY=()

  if [[ $current == -* ]]; then
    # shellcheck disable=SC2086  # no subcommand is no word
    mapfile -t COMPREPLY < <(compgen -W "$("$program" $subcommand --help 2> /dev/null |
      grep -oE '(^|[ ,])--?[a-z][a-z-]*' | tr -d ' ,' | sort -u)" -- "$current")
    return
  fi
  # What follows an option that takes a value is not FILE.
  # shellcheck disable=SC2086
  takes=" $("$program" $subcommand --help 2> /dev/null |
    sed -nE 's/^  ((-[a-z]),)?(--[a-z-]+) [A-Z].*/\2 \3/p' | tr '\n' ' ') "
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* || $word == "$subcommand" || $takes == *" $before "* ]] || file=$word
    before=$word
  done
  if [[ -z $subcommand && -n $file ]]; then
    # A database that does not exist is not created by a question.
    mapfile -t COMPREPLY < <(compgen -W "$("$program" ./.kvstore-no-such-file HELP \
      2> /dev/null | grep -oE '^  [A-Z]+')" -- "${current^^}")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    [[ $COMP_CWORD != 1 ]] ||
      mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "$subcommands" -- "$current")
  fi
}
complete -o filenames -F _kvstore kvstore
