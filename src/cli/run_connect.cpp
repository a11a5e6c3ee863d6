// kvstore connect [OPTIONS] [ADDRESS] [COMMAND...]
#include <unistd.h>

#include "repl/report.h"
#include "src/cli/connected.h"
#include "src/cli/front.h"
#include "src/cli/options.h"
#include "src/cli/subcommands.h"

namespace kvstore::cli {

ExitCode run_connect(const std::vector<std::string>& words) {
  auto parsed = parse_connect_options(words);
  if (const auto* code = std::get_if<ExitCode>(&parsed)) return *code;
  auto& options = std::get<ConnectOptions>(parsed);
  auto front = Front::prepare(options.front);
  if (const auto* code = std::get_if<ExitCode>(&front)) return *code;
  auto backend = connect(options.place);
  if (!backend) {
    repl::say_error("kvstore", backend.error(),
                    repl::use_color(options.front.color, STDERR_FILENO));
    return exit_code_of_open(backend.error().code);
  }
  if (!wants_shell(options.front)) (*backend)->hint_at_login_options();
  return std::get<Front>(front).run(**backend);
}

}  // namespace kvstore::cli
