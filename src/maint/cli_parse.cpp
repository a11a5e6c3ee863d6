#include "src/maint/cli_parse.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <sstream>

#include <fmt/core.h>

#include "src/maint/text.h"
#include "src/options/app_visitor.h"
#include "src/options/help_formatter.h"
#include "src/options/option_checks.h"

namespace kvstore::maint {

std::optional<ExitCode> parse(CLI::App& app, const std::vector<std::string>& words) {
  if (!std::dynamic_pointer_cast<option_checks::HelpFormatter>(app.get_formatter())) {
    app.formatter(std::make_shared<option_checks::HelpFormatter>());
  }
  if (option_checks::show_to_visitor(app)) return ExitCode::kDone;
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      std::ostringstream help;
      app.exit(error, help, help);
      print(help.str());
      return ExitCode::kDone;
    }
    return say_error(option_checks::explain(error, app, words));
  }
  const auto empty = option_checks::find_empty_value(app, words);
  return empty ? std::optional(say_error(*empty)) : std::nullopt;
}

ExitCode say_usage_error(const std::string& message, const std::string& hint) {
  return say_error(Error{Code::kUsage, message, hint});
}

std::optional<ExitCode> refuse_dash(const std::string& path) {
  if (path != "-") return std::nullopt;
  return say_usage_error("a database is a file, and cannot be written to stdout (-)",
                         "another name, or ./- for a file that is called so");
}

ExitCode say_error(const Error& error) {
  std::string text =
      fmt::format("kvstore: {}: {}\n", code_name(error.code), harmless(error.message));
  if (!error.hint.empty()) text += fmt::format("  try: {}\n", harmless(error.hint));
  std::fwrite(text.data(), 1, text.size(), stderr);
  return exit_code_of_open(error.code);
}

namespace {
int print_errno = 0;  // of the first failed write to standard output
}

bool put(std::string_view text) {
  errno = 0;
  const bool done = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!done && print_errno == 0) print_errno = errno;
  return done;
}

void flush() {
  errno = 0;
  if (std::fflush(stdout) != 0 && print_errno == 0) print_errno = errno;
}

void print(std::string_view text) {
  put(text);
  flush();
}

Status check_printed() {
  flush();
  if (print_errno == 0 && std::ferror(stdout) == 0) return {};
  return fail_errno(print_errno != 0 ? print_errno : EIO, "write", "standard output");
}

}  // namespace kvstore::maint
