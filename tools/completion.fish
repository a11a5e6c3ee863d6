# Completion for fish: options and subcommands, files, then commands. Asks the program
# itself, so that it knows what this version knows.
set -g __kvstore_subcommands backup bench compact connect convert delete demo export get import map put replay restore verify

function __kvstore_subcommand
    set -l tokens (commandline -opc)
    if test (count $tokens) -ge 2; and contains -- $tokens[2] $__kvstore_subcommands
        echo $tokens[2]
    end
end

function __kvstore_options
    set -l tokens (commandline -opc)
    set -l program $tokens[1]
    $program (__kvstore_subcommand) --help 2>/dev/null |
        string replace -rf '^  (?:-[a-z],)?(--[a-z-]+)(?: \S+)? +(\S.*)$' '$1\t$2'
end

# True once FILE is there, and no option waits for its value.
function __kvstore_has_file
    test -z "$(__kvstore_subcommand)"; or return 1
    set -l tokens (commandline -opc)
    set -l takes ($tokens[1] --help 2>/dev/null |
        string replace -rf '^  (?:-[a-z],)?(--[a-z-]+) [A-Z\[].*$' '$1')
    set -l before none
    for word in $tokens[2..-1]
        if not string match -q -- '-*' $word; and not contains -- $before $takes
            return 0
        end
        set before $word
    end
    return 1
end

# A database that does not exist is not created by a question.
function __kvstore_commands
    set -l tokens (commandline -opc)
    $tokens[1] ./.kvstore-no-such-file HELP 2>/dev/null | string replace -rf '^  ([A-Z]+)( .*)?$' '$1'
end

complete -c kvstore -n 'test (count (commandline -opc)) -eq 1' -a '$__kvstore_subcommands'
complete -c kvstore -n 'string match -q -- "-*" (commandline -ct)' -a '(__kvstore_options)'
complete -c kvstore -f -n __kvstore_has_file -a '(__kvstore_commands)'
