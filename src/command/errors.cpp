#include "src/command/errors.h"

#include <algorithm>

#include <fmt/core.h>

#include "src/command/acl/command_ids.h"
#include "src/command/foreign_words.h"
#include "src/command/quote.h"
#include "src/command/words.h"

namespace kvstore::command {
namespace {

constexpr std::size_t kMaxHint = 100;    // bytes of a suggested line
constexpr std::size_t kRedisArgs = 128;  // bytes of the arguments that Redis repeats

bool is_plain(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '\\' && c != '\'';
  });
}

std::string first_args(Args args) {
  std::string text;
  for (const std::string_view arg : args.subspan(1)) {
    if (text.size() >= kRedisArgs) break;
    text += fmt::format("'{}' ", arg.substr(0, kRedisArgs - text.size()));
  }
  return text;
}

// Of one with many subcommands the help says more than a line that fills the screen.
std::string usage_hint(const Command& command) {
  std::string line = usage(command);
  const bool is_long = !command.subcommands.empty() && line.size() > kMaxHint;
  return is_long ? fmt::format("HELP {}", command.name) : line;
}

// `name`: as Redis has it, "client|setname".
Failure wrong_count(const Command& command, std::string_view name, Args args, bool too_many) {
  std::string message = fmt::format("too {} arguments for {} ({} given)", too_many ? "many" : "few",
                                    command.name, args.size() - 1);
  if (args.size() == 1) message = fmt::format("{} was given no arguments", command.name);
  if (command.arity.max == 0) message = fmt::format("{} takes no arguments", command.name);
  std::string hint = usage_hint(command);
  const bool has_comment = std::find(args.begin(), args.end(), "#") != args.end();
  if (too_many && command.name == "KEYS" && same_word(args[2], "LIMIT")) {
    hint = "PREFIX user: LIMIT 10";
  } else if (too_many && command.value_form == ValueForm::kNone && has_comment) {
    hint += "; a comment has a line of its own";
  } else if (too_many && command.value_form != ValueForm::kNone) {
    const std::string quoted = with_quotes(args, 2);
    if (!quoted.empty()) hint = quoted + ", with quotes around a value that holds blanks";
  }
  return Failure(Code::kArity, std::move(message), std::move(hint),
                 fmt::format("ERR wrong number of arguments for '{}' command", name));
}

}  // namespace

std::string with_quotes(Args args, std::size_t first) {
  std::string line;
  std::size_t size = 0;
  for (std::size_t i = 0; i < args.size(); ++i) {
    size += args[i].size() + 1;
    if (!is_plain(args[i]) || size > kMaxHint) return {};
    if (i > 0) line += ' ';
    if (i == first) line += '"';
    line += args[i];
  }
  return line + '"';
}

Failure unknown_command(Args args) {
  std::string_view hint = hint_for_foreign_word(args[0]);
  if (hint.empty()) hint = nearest_command(args[0]);
  return Failure(Code::kUnknown, fmt::format("there is no command {}", quote(args[0])),
                 std::string(hint.empty() ? "HELP" : hint),
                 fmt::format("ERR unknown command '{}', with args beginning with: {}",
                             args[0].substr(0, kRedisArgs), first_args(args)));
}

Failure wrong_arity(const Command& command, Args args) {
  return wrong_count(command, lower(command.name), args,
                     static_cast<int>(args.size()) - 1 > command.arity.min);
}

Failure wrong_arity_of_subcommand(const Command& command, const Command& subcommand, Args args) {
  const bool too_many = static_cast<int>(args.size()) - 2 > subcommand.arity.min;
  Failure failure = wrong_count(command, acl::full_name(command, subcommand), args, too_many);
  if (too_many && subcommand.has(kLateArity)) {
    failure.redis =
        fmt::format("ERR unknown subcommand or wrong number of arguments for '{}'. Try {} HELP.",
                    args[1].substr(0, kRedisArgs), command.name);
  }
  return failure;
}

Failure unknown_option(const Command& command, std::string_view word, std::string hint) {
  if (hint.empty()) hint = usage(command);
  return Failure(Code::kSyntax, fmt::format("unknown option {} of {}", quote(word), command.name),
                 std::move(hint), "ERR syntax error");
}

Failure needs_value(std::string_view option, std::string_view what, std::string hint) {
  return Failure(Code::kSyntax, fmt::format("{} needs {}", option, what), std::move(hint),
                 "ERR syntax error");
}

Failure unknown_subcommand(const Command& command, std::string_view word) {
  return Failure(Code::kUnknown,
                 fmt::format("unknown subcommand {} of {}", quote(word), command.name),
                 usage_hint(command),
                 fmt::format("ERR unknown subcommand '{}'. Try {} HELP.",
                             word.substr(0, kRedisArgs), command.name));
}

Failure bad_number(std::string_view word, std::string_view expected, std::string hint) {
  return Failure(Code::kNumber, fmt::format("{} is not {}", quote(word), expected), std::move(hint),
                 "ERR value is not an integer or out of range");
}

Failure bad_timeout_ms(std::string_view word, bool is_negative, std::string hint) {
  Failure failure = bad_number(word, "a number of milliseconds", std::move(hint));
  failure.redis =
      is_negative ? "ERR timeout is negative" : "ERR timeout is not an integer or out of range";
  return failure;
}

Failure out_of_memory() {
  return Error{Code::kMemory, "there is not enough memory for this command",
               "READ a part of the value, or SCAN instead of KEYS"};
}

}  // namespace kvstore::command
