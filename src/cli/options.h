// The parsed command line. Nothing is opened here, and nothing printed but help.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "repl/render.h"
#include "repl/report.h"
#include "server/server.h"
#include "src/base/exit_code.h"
#include "src/cli/place.h"
#include "src/store/store.h"

namespace CLI {
class App;
}

namespace kvstore::cli {

// The options of the shell, scripts and one-shots, on a file or a connection.
struct FrontOptions {
  std::vector<std::string> command;  // COMMAND...; empty: a shell, or a script on stdin
  std::string script;                // -f; "-" is stdin
  bool last_from_stdin = false;      // -x
  bool refuse_empty = false;         // --no-empty
  std::string note;                  // a note on a word of `command` that looks like an option
  bool newline = true;               // --no-newline
  bool ack = false;                  // --ack
  std::optional<std::string> nil;    // --nil
  std::vector<std::string> first;    // --cmd, one line each
  std::string init;                  // --init
  bool no_init = false;              // --no-init
  bool keep_going = false;
  bool quiet = false;
  std::optional<repl::Mode> mode;  // --mode, --json
  repl::Color color = repl::Color::kAuto;
};

// kvstore [OPTIONS] [FILE] [COMMAND...]
struct FileOptions {
  std::string file = "data.bin";
  Options store;
  std::string format;  // --format: plain32, plain64, or empty
  bool listen = false;
  server::Config server;
  FrontOptions front;
};

// kvstore connect [OPTIONS] [ADDRESS] [COMMAND...]
struct ConnectOptions {
  Place place;
  FrontOptions front;
};

// Either the result, or the exit code: after --help, --version (kDone), or after a mistake that was
// explained on stderr (kUsage).
template <class T>
using Parsed = std::variant<T, ExitCode>;

// `words` is argv without the name of the program (and of the subcommand).
Parsed<FileOptions> parse_file_options(const std::vector<std::string>& words);
Parsed<ConnectOptions> parse_connect_options(const std::vector<std::string>& words);

}  // namespace kvstore::cli
