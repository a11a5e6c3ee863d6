// kvstore demo [OPTIONS] [FILE]
#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "repl/local_backend.h"
#include "repl/output.h"
#include "repl/report.h"
#include "repl/script.h"
#include "repl/shell.h"
#include "src/base/temporary_directory.h"
#include "src/cli/demo_tour.h"
#include "src/cli/open_store.h"
#include "src/cli/subcommands.h"
#include "src/file/descriptor.h"
#include "src/maint/cli_parse.h"

namespace kvstore::cli {
namespace {

constexpr const char* kDemoFooter = R"(
Loads ten years of stock prices, shows in a minute what the commands do, and then opens the
shell on them. Without FILE the database is a temporary one, which is gone afterwards; FILE
is made, must not exist, and is kept. Where nobody sits at a terminal all of the tour is
printed at once.

Examples:
  kvstore demo
  kvstore demo market.bin
  kvstore demo --no-wait < /dev/null

Exit codes: 0 done; 2 wrong usage; 4 FILE exists or cannot be made; 7 disk full or I/O error)";

struct DemoWords {
  std::string file;
  bool no_wait = false, no_shell = false;
};

ExitCode refuse_demo(const Error& error) {
  repl::say_error("kvstore", error, repl::use_color(repl::Color::kAuto, STDERR_FILENO));
  return error.code == Code::kExists ? ExitCode::kCannotOpen : exit_code_of_open(error.code);
}

Status load(repl::Backend& backend) {
  const file::Descriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  repl::Output output(nowhere.get());
  repl::RunOptions options;
  repl::ScriptRunner scripts(backend, output, options, false);
  const ExitCode code = scripts.run_lines({std::string(demo_data())}, "demo");
  if (code == ExitCode::kDone) return {};
  return fail(Code::kIo, "the sample data could not be stored");
}

class Tour {
 public:
  Tour(repl::Backend& backend, bool waits)
      : output_(STDOUT_FILENO), scripts_(backend, output_, options_, true), waits_(waits) {
    options_.look.prompt = true;
    options_.look.terminal = true;
    options_.keep_going = true;
    options_.color = repl::use_color(repl::Color::kAuto, STDERR_FILENO);
  }

  // False: the user has seen enough, or the output failed.
  bool show() {
    const auto steps = demo_steps();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      say(fmt::format("\n--- {}/{}  {}\n", i + 1, steps.size(), steps[i].text));
      for (const std::string_view line : steps[i].lines) {
        say(fmt::format("market> {}\n", line));
        if (output_.broken()) return false;
        scripts_.run_lines({std::string(line)}, "demo");
      }
      if (i + 1 < steps.size() && !go_on()) return false;
    }
    return true;
  }
  // kFull, kIo: the output is incomplete.
  const Status& status() const { return output_.status(); }
  void say(std::string_view text) {
    output_.buffer() += text;
    output_.finish();
  }

 private:
  bool go_on() {
    if (!waits_) return true;
    say("    Enter goes on, q and Enter ends the tour ");
    std::string line;
    char byte = 0;
    while (true) {
      const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
      if (got != 1) return false;
      if (byte == '\n') break;
      line += byte;
    }
    return line.empty() || (line.front() != 'q' && line.front() != 'Q');
  }

  repl::Output output_;
  repl::RunOptions options_;
  repl::ScriptRunner scripts_;
  const bool waits_;
};

ExitCode show(repl::Backend& backend, const std::string& path, const DemoWords& words) {
  const bool is_there = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
  Tour tour(backend, is_there && !words.no_wait);
  tour.show();
  const std::string file = words.file.empty() ? "data.bin" : path;
  const auto next = [&tour](const std::string& command, std::string_view what) {
    tour.say(fmt::format("  {:<34} {}\n", command, what));
  };
  tour.say("\nThat was the tour. Next:\n");
  next(fmt::format("kvstore {}", file), "a shell; HELP lists the commands");
  next(fmt::format("kvstore {} --listen 7878", file), "serve it: redis-cli, nc, kvstore connect");
  next("kvstore put greeting hello", "from another shell, then");
  if (!tour.status()) return refuse_demo(tour.status().error());
  if (!is_there || words.no_shell) return ExitCode::kDone;
  tour.say(fmt::format("\nThis is the shell on the sample data{}. Ctrl-D leaves it.\n",
                       words.file.empty() ? ", which is gone afterwards" : ""));
  return repl::run_shell(backend, {});
}

ExitCode run(const std::string& path, const DemoWords& words) {
  auto store = open_store(path, {}, "", false);
  if (!store) return refuse_demo(store.error());
  repl::LocalBackend backend(**store);
  if (const Status loaded = load(backend); !loaded) return refuse_demo(loaded.error());
  const ExitCode code = show(backend, path, words);
  const Status closed = (*store)->close();
  return closed ? code : refuse_demo(closed.error());
}

}  // namespace

ExitCode run_demo(const std::vector<std::string>& given) {
  DemoWords words;
  CLI::App app("Show what the commands do, on sample data, and open the shell there.",
               "kvstore demo");
  app.footer(kDemoFooter);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_option("FILE", words.file, "The database to make and keep; must not exist")
      ->type_name("");
  app.add_flag("--no-wait", words.no_wait, "Do not wait for Enter between the steps");
  app.add_flag("--no-shell", words.no_shell, "End after the tour");
  if (const auto code = maint::parse(app, given)) return *code;
  if (const auto code = maint::refuse_dash(words.file)) return *code;
  if (words.file.empty()) {
    const auto directory = TemporaryDirectory::make("demo");
    if (!directory) return refuse_demo(directory.error());
    return run(directory->path() + "/market.bin", words);
  }
  if (::access(words.file.c_str(), F_OK) == 0) {
    return refuse_demo({Code::kExists, words.file + " exists: the demo makes its own file",
                        "another name, or none"});
  }
  return run(words.file, words);
}

}  // namespace kvstore::cli
