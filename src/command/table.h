// The command table, one row for each command. Dispatch, arity errors, HELP, completion, COMMAND
// DOCS, docs/COMMANDS.md and the man page are derived from it.
//
// To add a command, add its row to a file of src/command/rows/ and its handler to the file of the
// same name in src/command/handlers/. Everything else follows, including the test of its example.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/command/argument.h"
#include "src/command/failure.h"

namespace kvstore::command {

struct Call;

using Args = std::span<const std::string_view>;  // Args[0] is the command word

enum Flag : std::uint16_t {
  kRead = 1,      // reads the store
  kWrite = 2,     // may change the store; its reply waits for the commit
  kAdmin = 4,     // concerns the store or the session, not a key
  kNoScript = 8,  // concerns the connection: not allowed in scripts run by the server
  kFast = 16,     // constant time, whatever the amount of data
  // The handler itself refuses excess words, with a better message.
  kOpenEnded = 32,
  kHidden = 64,        // refused with a reason, and not listed
  kTransaction = 128,  // begins or ends a transaction; writes nothing itself
  kBlocking = 256,     // may reply later (waiting.h)
  kNoAuth = 512,       // allowed before a login
  // MULTI refuses it: it waits for others, which might wait for EXEC; or it changes what is sent
  // between replies; or it concerns transactions itself.
  kNoMulti = 1024,
  // Excess words are an error only at its execution, as in Redis: MULTI queues it.
  kLateArity = 2048,
  // Redis' command lacks its options. A word after the required ones must be such an option, or it
  // is an excess word: MULTI refuses it then.
  kOwnOptions = 4096,
};

// How the text grammar lets this command's value follow on later lines. Not used by RESP and
// argument vectors.
enum class ValueForm : std::uint8_t {
  kNone,
  kSet,     // `SET k`+block to END, `SET k <<X`, `SET k SECONDS COUNT`+bytes
  kAppend,  // `APPEND k`+block to END, `APPEND k <<X`, `APPEND k COUNT`+bytes
};

// The positions of key arguments: from `first` (1 is the argument after the command word) to `last`
// (-1: the last argument), every `step`th. 0: there are none.
struct KeySpec {
  int first = 0;
  int last = 0;
  int step = 0;
  int count_at = 0;  // argument with the number of key arguments after it; 0: none

  constexpr bool has_any() const { return first != 0 || count_at != 0; }
};
inline constexpr KeySpec kFirstIsKey{1, 1, 1};
inline constexpr KeySpec kAllAreKeys{1, -1, 1};

using Handler = Outcome (*)(Call& call);

struct Command {
  std::string_view name = {};      // upper case
  std::string_view alias_of = {};  // the row of which this is an alias, or empty
  std::string_view group = {};     // "values", "keys", "transactions", "history", "store", ...
  Arguments arguments = {};        // empty if there are subcommands, which have their own
  // The first argument selects one of these. A handler, if any, is for the command without
  // arguments.
  ConstArray<Command> subcommands = {};
  bool needs_subcommand = false;  // there is no handler for the command without arguments
  KeySpec keys = {};
  // The access to the first key and, after ';', to the others, in Redis' words: "OW update; RO
  // access". Empty: read, or read and write, as the flags tell.
  std::string_view key_flags = {};
  std::uint16_t flags = 0;
  int redis_min = 0;  // least number of arguments over RESP, as in Redis
  ValueForm value_form = ValueForm::kNone;
  std::string_view summary = {};  // one line, no full stop
  // Further text for HELP and the documentation: lines of at most 76 columns, separated by "\n".
  std::string_view details = {};
  std::string_view example = {};        // one or more lines as typed, separated by "\n"
  std::string_view example_reply = {};  // reply of the text protocol to the last of them in a new
                                        // store; "..." stands for parts that vary
  std::string_view since = {};          // "0.1"
  Handler handler = nullptr;            // called after the arity check
  Arity arity = {};                     // number of arguments; set by row()

  constexpr bool has(Flag flag) const { return (flags & flag) != 0; }
  constexpr bool takes(std::size_t args) const {
    return args >= static_cast<std::size_t>(arity.min) && !is_too_many(args);
  }
  constexpr bool is_too_many(std::size_t args) const {
    return arity.max >= 0 && args > static_cast<std::size_t>(arity.max);
  }
};

// Sets the arity of a row.
constexpr Command row(Command command) {
  command.arity = arity_of(command.arguments);
  if (!command.subcommands.empty()) command.arity = {command.needs_subcommand ? 1 : 0, -1};
  if (command.has(kOpenEnded)) command.arity.max = -1;
  return command;
}

// All rows, sorted by name.
std::span<const Command> commands();
// Ignores case. nullptr if there is no such command.
const Command* find_command(std::string_view word);
const Command* find_subcommand(const Command& command, std::string_view word);
// The command itself, or the one of which it is an alias.
const Command& original(const Command& command);
// The nearest name, for "did you mean"; empty if none is near.
std::string_view nearest_command(std::string_view word);
// Whether the option `token`, which takes no value, is given: not as a key or as the value of
// another option.
bool gives_option(const Command& command, Args args, std::string_view token);
// For a row with kOwnOptions: whether there is a word in the place of an option that is not one.
bool has_stray_word(const Command& command, Args args);
// The indexes of the words that are keys, ascending. An invalid count of keys, or one that exceeds
// the words, is taken for 0.
std::vector<std::size_t> key_places(const Command& command, Args args);
// The access to the `n`th key, counted from 0: "RW access update".
std::string_view key_flags(const Command& command, Args args, std::size_t n);
// The syntax of the arguments: "key [AT seq|time]", "ID|GETNAME|SETNAME name".
std::string syntax(const Command& command);
// Such as "GET key [AT seq|time]".
std::string usage(const Command& command);

}  // namespace kvstore::command
