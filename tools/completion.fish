# Completion for fish: options, their values and subcommands, files, then commands. Asks the program
# itself, so that it knows what this version knows.
set -g __kvstore_subcommands backup bench compact connect convert delete demo export get import map put replay restore verify

function __kvstore_subcommand
    set -l tokens (commandline -opc)
    if test (count $tokens) -ge 2; and contains -- $tokens[2] $__kvstore_subcommands
        echo $tokens[2]
    end
end

function __kvstore_help
    set -l tokens (commandline -opc)
    $tokens[1] (__kvstore_subcommand) --help 2>/dev/null
end

function __kvstore_options
    __kvstore_help | string replace -rf '^  (?:-[a-z],)?(--[a-z-]+)(?: \S+)? +(\S.*)$' '$1\t$2'
end

# Options that take a value.
function __kvstore_takes
    __kvstore_help | string replace -rf '^  (?:-[a-z],)?(--[a-z-]+) [A-Z\[].*$' '$1'
end

# The option whose value is to come.
function __kvstore_option
    set -l tokens (commandline -opc)
    if contains -- $tokens[-1] (__kvstore_takes)
        echo -- $tokens[-1]
    end
end

# What may stand after that option: files, or the words that its help lists behind a colon.
function __kvstore_values
    set -l option (__kvstore_option)
    set -l line (__kvstore_help | string match -r -- '^  (?:-[a-z],)?'$option' .*')
    if string match -qr -- '^ *\S+ (FILE|SCRIPT|OUT|PATH|TARGET) ' $line[1]
        __fish_complete_path (commandline -ct)
        return
    end
    set -l list (string replace -r -- '[(;].*' '' $line[1] | string replace -rf -- '.*: ' '')
    string split ', ' -- (string replace -ra -- ',? or ' ', ' $list) | string trim |
        string match -r -- '^[a-z0-9][a-z0-9%]*$'
end

function __kvstore_workloads
    __kvstore_help | awk '/^Workloads/ { lists = 1; next } lists && /^  [a-z]/ { print $1; next } lists { exit }'
end

# The words that are no options, no values of them and no subcommand.
function __kvstore_words
    set -l tokens (commandline -opc)
    set -l takes (__kvstore_takes)
    set -l subcommand (__kvstore_subcommand)
    set -l before none
    for word in $tokens[2..-1]
        if not string match -q -- '-*' $word; and not contains -- $before $takes; and test "$word" != "$subcommand"
            echo -- $word
        end
        set before $word
    end
end

# A command as a bare word: behind it stand its arguments. Of whole commands in quotes there may be
# more.
function __kvstore_has_command
    contains -- "$(__kvstore_subcommand)" '' connect; or return 1
    test -z "$(__kvstore_option)"; or return 1
    set -l words (__kvstore_words)
    test "$(__kvstore_subcommand)" = connect; or set -e words[1]
    set -l commands (__kvstore_commands)
    for word in $words
        contains -- (string upper -- $word) $commands; and return 0
    end
    return 1
end

# FILE is there, or a server is asked: then commands follow.
function __kvstore_wants_command
    test -z "$(__kvstore_option)"; or return 1
    not __kvstore_has_command; or return 1
    switch "$(__kvstore_subcommand)"
        case ''
            test -n "$(__kvstore_words)"
        case connect
            test -n "$(__kvstore_words)"; or not string match -q -- '*/*' (commandline -ct)
        case '*'
            return 1
    end
end

# A database that does not exist is not created by a question.
function __kvstore_commands
    set -l tokens (commandline -opc)
    $tokens[1] ./.kvstore-no-such-file HELP 2>/dev/null | string replace -rf '^  ([A-Z]+)( .*)?$' '$1'
end

complete -c kvstore -n 'test (count (commandline -opc)) -eq 1' -a '$__kvstore_subcommands'
complete -c kvstore -n 'string match -q -- "-*" (commandline -ct); and test -z "$(__kvstore_option)"' -a '(__kvstore_options)'
complete -c kvstore -f -n 'test -n "$(__kvstore_option)"' -a '(__kvstore_values)'
complete -c kvstore -f -n 'contains -- "$(__kvstore_subcommand)" get put delete; and test -z "$(__kvstore_option)"'
complete -c kvstore -f -n 'test "$(__kvstore_subcommand)" = bench; and test -z "$(__kvstore_option)"' -a '(__kvstore_workloads)'
complete -c kvstore -f -n __kvstore_wants_command -a '(__kvstore_commands)'
complete -c kvstore -f -n __kvstore_has_command
