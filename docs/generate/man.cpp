#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "docs/generate/generate.h"
#include "docs/generate/roff.h"
#include "src/cli/option_docs.h"
#include "src/command/help.h"
#include "src/command/table.h"

namespace kvstore::docs {
namespace {

using namespace command;

constexpr std::string_view kBeginning = R"(.\" Printed from the command table by docs/generate; do not edit.
.TH KVSTORE 1 "" "kvstore @VERSION@" "User Commands"
.SH NAME
kvstore \- a key\-value database in a single append\-only file
.SH SYNOPSIS
.B kvstore
.RI [ OPTIONS ]
.RI [ FILE ]
.RI [ COMMAND ...]
.br
.B kvstore
.RI [ OPTIONS ]
.RI [ FILE ]
.B \-\-listen
.RI [[ ADDR :] PORT ]
.br
.B kvstore connect
.RI [ OPTIONS ]
.RI [ ADDRESS ]
.RI [ COMMAND ...]
.br
.B kvstore
.BR put | get | delete
.RI [ OPTIONS ]
.I KEY
.RI [ VALUE ]
.br
.B kvstore
.BR verify | compact | convert | export | map | backup
.RI [ OPTIONS ]
.I FILE
.RI [ OUT ]
.br
.B kvstore restore
.RI [ OPTIONS ]
.I BACKUP
.RI [ INCREMENT ...]
.I OUT
.br
.B kvstore import
.RI [ OPTIONS ]
.I FILE
.RI [ INPUT ]
.br
.B kvstore replay
.RI [ OPTIONS ]
.I FILE
.B \-\-to
.I TARGET
.br
.B kvstore bench
.RI [ OPTIONS ]
.RI [ WORKLOAD ...]
.br
.B kvstore demo
.RI [ OPTIONS ]
.RI [ FILE ]
.SH DESCRIPTION
Opens
.I FILE
(data.bin if none is named; only a write creates it) and runs the commands given, those on
standard input, or a shell if that is a terminal. With
.B \-\-listen
it serves the file over TCP, to
.BR "kvstore connect" ,
.BR nc (1)
and Redis' clients alike.
.PP
.BI "kvstore " SUBCOMMAND " \-\-help"
lists the options of a subcommand, and so does its own page, as
.BR kvstore\-verify (1).
.PP
Options precede
.IR COMMAND .
If its first word holds a blank or stands alone, each argument is a line of text; otherwise the
arguments are one command, its words taken as they are.
.SH OPTIONS
@OPTIONS@.SH INPUT
A line is words separated by blanks; # begins a comment only as a line's first non\-blank. A word may be
quoted: "..." knows \en \er \et \e\e \e" \exHH, '...' takes every character as it is. A value may follow
its line:
.TP
.B SET key seconds count
and
.B APPEND key count
are followed by that many bytes (TTL in seconds, 0 = never expires).
.TP
.B SET key <<EOT
is followed by lines up to one that equals EOT;
.B SET key
alone by lines up to END.
.PP
.B AT
takes a seq of HISTORY, a time (2026\-03\-01, 2026\-03\-01T14:30:05Z), seconds since 1970 (@1772373600), or
a time before now (\-30s, \-5m, \-3h, \-2d). So does
.B TO
of UNDO.
.SH COMMANDS
)";

constexpr std::string_view kEnd = R"(.SH EXIT STATUS
.TP
.B 0
done
.TP
.B 1
a command failed
.TP
.B 2
the command line is wrong
.TP
.B 3
the last reply of a one\-shot was NIL
.TP
.B 4
cannot open, locked by another process, cannot connect
.TP
.B 5
verify: a torn tail, nothing worse
.TP
.B 6
damaged: verify or SCRUB found it, or a write was refused for it
.TP
.B 7
disk full, or an I/O error
.SH ENVIRONMENT
.TP
.B KVSTORE_URL
the server of the subcommands that talk to one, kvstore://USER:PASSWORD@HOST:PORT
.TP
.B KVSTORE_PASSWORD
the password that a client gives, or that a server asks for
.TP
.B KVSTORE_CONFIG
a configuration file, as of
.B \-\-config
.TP
.BI KVSTORE_ NAME
the option
.BI \-\- name
of the store or the server, where the command line does not give it: KVSTORE_SYNC for
.B \-\-sync
.TP
.BR KVSTORE_PAGER , " PAGER"
what shows answers that are longer than the screen; an empty one for none
.TP
.B NO_COLOR
if set and not empty, errors are not coloured
.TP
.B XDG_STATE_HOME
where the shell keeps its history
.SH FILES
.TP
.I ~/.local/state/kvstore/history
lines that were typed into the shell, but for passwords and lines that begin with a blank; in
.B $XDG_STATE_HOME/kvstore
if that is set
.TP
.I ~/.kvstorerc
commands that the shell and scripts run first, for instance .mode json;
.B \-\-init
names another file,
.B \-\-no\-init
none. Commands on the command line do without it.
.SH EXAMPLES
.nf
kvstore data.bin 'SET greeting "hello world"' 'GET greeting'
kvstore data.bin SET greeting 'hello world'
kvstore data.bin < script.kv
kvstore data.bin \-\-listen 7878
kvstore connect 7878 KEYS
kvstore verify data.bin
kvstore backup data.bin monday.kvs
kvstore restore monday.kvs tuesday.inc data.bin
kvstore export data.bin dump.jsonl
kvstore import other.bin dump.jsonl
kvstore replay data.bin \-\-to 127.0.0.1:7878 \-\-speed 10x
kvstore bench read ycsb\-a \-\-sizes 64,1k,64k \-\-clients 1,4
.fi
.SH SEE ALSO
@SUBCOMMANDS@.BR redis\-cli (1),
.BR nc (1)
)";

void add_command(const Command& row, std::string* out) {
  const auto to = std::back_inserter(*out);
  fmt::format_to(to, ".TP\n.B {}\n{}.\n", escape_roff(usage(row)), escape_roff(row.summary));
  const auto aliases = aliases_of(row);
  if (!aliases.empty()) fmt::format_to(to, "Also called {}.\n", fmt::join(aliases, ", "));
}

std::string options() {
  std::string out;
  bool server = false;
  for (const cli::OptionDoc& option : cli::file_option_docs()) {
    if (option.is_servers && !server) out += ".SS server, with \\-\\-listen\n";
    server = option.is_servers;
    fmt::format_to(std::back_inserter(out), ".TP\n.BI {} {}\n{}.\n", escape_roff(option.names),
                   option.type.empty() ? "" : fmt::format("\" {}\"", escape_roff(option.type)),
                   escape_roff(option.text));
  }
  return out;
}

void put(std::string_view mark, std::string_view text, std::string* out) {
  out->replace(out->find(mark), mark.size(), text);
}

}  // namespace

std::string escape_roff(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else out += c;
    line_begins = c == '\n';
  }
  return out;
}

namespace {

std::string see_also() {
  std::string pages;
  for (const cli::SubcommandDoc& one : cli::subcommand_docs()) {
    pages += fmt::format(".BR kvstore\\-{} (1),\n", one.name);
  }
  return pages;
}

}  // namespace

std::string man_page() {
  std::string out(kBeginning);
  put("@VERSION@", KVSTORE_VERSION, &out);
  put("@OPTIONS@", options(), &out);
  for (const std::string_view group : groups()) {
    fmt::format_to(std::back_inserter(out), ".SS {}\n", group);
    for (const Command& row : commands()) {
      if (row.group == group && row.alias_of.empty()) add_command(row, &out);
    }
  }
  out += kEnd;
  put("@SUBCOMMANDS@", see_also(), &out);
  return out;
}

}  // namespace kvstore::docs
