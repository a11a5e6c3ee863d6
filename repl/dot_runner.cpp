#include "repl/dot_runner.h"

#include <fmt/core.h>

#include "repl/columns.h"
#include "repl/render_help.h"
#include "repl/report.h"
#include "repl/transfer.h"
#include "src/base/human.h"
#include "src/command/quote.h"

namespace kvstore::repl {

Status DotRunner::run(std::string_view line) {
  astray_ = false;
  Status ran = parse_and_run(line);
  if (!ran && chooses_file(line)) astray_ = true;
  return ran;
}

Status DotRunner::parse_and_run(std::string_view line) {
  KV_ASSIGN(const DotLine parsed, parse_dot_line(line));
  return run(parsed);
}

Status DotRunner::run(const DotLine& line) {
  if (line.name == ".dump") return dump(line);
  if (line.name == ".help") return help(line.argument);
  if (line.name == ".import") return import(line);
  if (line.name == ".mode") return set_mode(line.argument);
  if (line.name == ".open") return open(line.argument);
  if (line.name == ".output") return set_output(line.argument);
  if (line.name == ".pager") return set_pager(line);
  if (line.name == ".read") return read_(line.argument);
  if (line.name == ".timing") return set_switch(line, &timing_);
  leaving_ = true;  // .exit, .quit
  return {};
}

Status DotRunner::set_mode(std::string_view name) {
  if (name.empty()) {
    say(fmt::format("mode is {}", mode_name(options_.look.mode)));
    return {};
  }
  const auto mode = parse_mode(name);
  if (!mode) {
    return fail(Code::kUnknown, fmt::format("unknown mode {}", command::quote(name)),
                fmt::format(".mode with one of {}", kModeNames));
  }
  options_.look.mode = *mode;
  return {};
}

Status DotRunner::set_switch(const DotLine& line, bool* target) {
  if (line.argument.empty()) {
    say(fmt::format("{} is {}", line.name.substr(1), *target ? "on" : "off"));
    return {};
  }
  if (line.argument != "on" && line.argument != "off") {
    return fail(Code::kArity, fmt::format("{} is on or off", line.name),
                fmt::format("{} on", line.name));
  }
  *target = line.argument == "on";
  return {};
}

Status DotRunner::set_pager(const DotLine& line) {
  bool paging = output_.paging();
  KV_TRY(set_switch(line, &paging));
  output_.set_paging(paging);
  return {};
}

// A file gets what a redirected stdout would: data, without decoration for people.
Status DotRunner::set_output(const std::string& path) {
  if (path.empty() || path == "-") {
    KV_TRY(output_.to_first_descriptor());
    options_.look.prompt = first_look_.prompt;
    options_.look.terminal = first_look_.terminal;
    return {};
  }
  KV_TRY(output_.to_file(path, backend_.path()));
  options_.look.prompt = options_.look.terminal = false;
  return {};
}

Status DotRunner::open(const std::string& path) {
  KV_TRY(output_.check_database(path));
  KV_TRY(backend_.open_file(path));
  if (options_.look.prompt) say(backend_.banner());
  return {};
}

Status DotRunner::help(std::string_view command) {
  const bool named = command.starts_with('.') || command::find_command(command) == nullptr;
  const std::string own = command.empty() ? dot_help() : named ? dot_help_of(command) : "";
  if (!own.empty()) {
    output_.buffer() += options_.look.prompt ? wrapped(own, screen_width()) : own;
    output_.finish();
    return {};
  }
  if (command.starts_with('.')) KV_TRY(parse_dot_line(command));  // always an error
  Runner runner(backend_, output_, options_, "");
  wire::Request request;
  request.argv = {"HELP", command};
  runner.run(request);
  runner.finish_pending();
  output_.finish();
  return {};
}

// The writes of an open transaction are in no version yet.
Result<Store*> DotRunner::store_for(const DotLine& line) {
  if (backend_.in_transaction()) {
    return fail(Code::kExists, fmt::format("{} knows nothing of the open transaction", line.name),
                "COMMIT or ROLLBACK first");
  }
  if (Store* const store = backend_.local_store()) return store;
  return fail(Code::kUsage,
              fmt::format("{} is for files, and this shell is connected to a server", line.name),
              line.name == ".dump" ? "kvstore export --connect " + backend_.name() : ".read FILE");
}

Status DotRunner::dump(const DotLine& line) {
  KV_ASSIGN(Store* const store, store_for(line));
  if (line.argument.empty()) return dump_to(output_, options_.look.terminal, *store);
  KV_ASSIGN(const auto report, dump_to_file(line.argument, *store));
  if (options_.look.prompt) {
    say(fmt::format("wrote {} to {}", plural(report.changes, "key"), line.argument));
  }
  return {};
}

Status DotRunner::import(const DotLine& line) {
  KV_ASSIGN(Store* const store, store_for(line));
  KV_ASSIGN(const std::string report, import_file(line.argument, *store));
  if (options_.look.prompt) say(report);
  return {};
}

}  // namespace kvstore::repl
