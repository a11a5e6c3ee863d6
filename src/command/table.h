// The command table: one row a command. Dispatch, arity errors, HELP,
// completion, COMMAND DOCS, docs/COMMANDS.md and the man page all come from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/command/reply.h"

namespace kvstore::command {

class Session;

using Args = std::span<const std::string_view>;  // Args[0] is the command word

enum Flag : std::uint8_t {
  kRead = 1,   // reads the store
  kWrite = 2,  // may change the store; its replies wait for the commit
  kAdmin = 4,  // about the store or the session, not about a key
};

// How the text grammar lets this command's value follow on later lines
// (DESIGN 7). RESP and argument vectors never use it.
enum class ValueForm : std::uint8_t {
  kNone,
  kSet,     // `SET k`+block to END, `SET k <<X`, `SET k SECONDS COUNT`+bytes
  kAppend,  // `APPEND k`+block to END, `APPEND k <<X`, `APPEND k COUNT`+bytes
};

struct Command {
  std::string_view name = {};      // upper case
  std::string_view alias_of = {};  // empty, or the name of the row this one repeats
  std::string_view group = {};     // "values", "keys", "history", "store", "session"
  std::string_view arguments = {}; // "key offset length", "[LIMIT n]": as HELP shows them
  int min_args = 0;           // without the command word
  int max_args = 0;           // -1: any number
  std::uint8_t flags = 0;
  ValueForm value_form = ValueForm::kNone;
  std::string_view summary = {};  // one line, no full stop
  std::string_view example = {};  // one or more lines as typed, "\n" between them
  std::string_view example_reply = {}; // what the text protocol answers to the last of them in a new
                                  // store; "..." stands for what differs from run to run
  std::string_view since = {};    // "0.1"
  Reply (*handler)(Session& session, Args args) = nullptr;  // its arity has been checked

  bool takes(std::size_t args) const {
    return args >= static_cast<std::size_t>(min_args) &&
           (max_args < 0 || args <= static_cast<std::size_t>(max_args));
  }
};

// All rows, sorted by name.
std::span<const Command> commands();
// Ignores case. nullptr if there is none.
const Command* find_command(std::string_view word);
// The nearest name, for "did you mean"; empty if nothing is near.
std::string_view nearest_command(std::string_view word);
// "GET key [AT seq|time]"
std::string usage(const Command& command);

}  // namespace kvstore::command
