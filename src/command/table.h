// The command table: one row a command. Dispatch, arity errors, HELP, completion,
// COMMAND DOCS, docs/COMMANDS.md and the man page all come from it.
//
// To add a command, add its row to a file of src/command/rows/ and its handler to the
// file of the same name in src/command/handlers/: everything else, the test that runs
// its example too, follows.
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
  kWrite = 2,     // may change the store; its replies wait for the commit
  kAdmin = 4,     // about the store or the session, not about a key
  kNoScript = 8,  // about the connection: not for a script that the server runs
  kFast = 16,     // takes the same time however much is stored
  // More words than the row has are the handler's to refuse, in better words.
  kOpenEnded = 32,
  kHidden = 64,        // refused with a reason; nobody is offered it
  kTransaction = 128,  // begins or ends one; of itself it writes nothing
  kBlocking = 256,     // may answer later (waiting.h)
  kNoAuth = 512,       // for who has not logged in, too
  // MULTI refuses it: it waits for others, who might wait for EXEC, or changes what comes between
  // replies, or is about transactions itself.
  kNoMulti = 1024,
  // Too many words are an error of its execution, as in Redis: MULTI queues it all the same.
  kLateArity = 2048,
  // Redis has it without its options. What follows the words that must be there is one of those, or
  // is one word too many: MULTI does not queue it.
  kOwnOptions = 4096,
};

// How the text grammar lets this command's value follow on later lines
// (DESIGN 7). RESP and argument vectors never use it.
enum class ValueForm : std::uint8_t {
  kNone,
  kSet,     // `SET k`+block to END, `SET k <<X`, `SET k SECONDS COUNT`+bytes
  kAppend,  // `APPEND k`+block to END, `APPEND k <<X`, `APPEND k COUNT`+bytes
};

// Which arguments are keys: from the `first` (1 is the one after the command word) to the
// `last` (-1: the last argument), every `step`th. 0: none.
struct KeySpec {
  int first = 0;
  int last = 0;
  int step = 0;
  int count_at = 0;  // which argument says how many of those after it are keys, too; 0: none

  constexpr bool has_any() const { return first != 0 || count_at != 0; }
};
inline constexpr KeySpec kFirstIsKey{1, 1, 1};
inline constexpr KeySpec kAllAreKeys{1, -1, 1};

using Handler = Outcome (*)(Call& call);

struct Command {
  std::string_view name = {};      // upper case
  std::string_view alias_of = {};  // empty, or the name of the row this one repeats
  std::string_view group = {};     // "values", "keys", "transactions", "history", "store", ...
  Arguments arguments = {};        // none if there are subcommands: those have their own
  // Whose word comes first. The handler, if there is one, is then for the bare command.
  ConstArray<Command> subcommands = {};
  bool needs_subcommand = false;  // there is no handler for the bare command
  KeySpec keys = {};
  // What it does with them, in Redis' words: "OW update; RO access" of the first key, and of those
  // after it. Empty: it reads, or reads and writes, as the flags say.
  std::string_view key_flags = {};
  std::uint16_t flags = 0;
  int redis_min = 0;  // words after its own that there must be over RESP, as in Redis
  ValueForm value_form = ValueForm::kNone;
  std::string_view summary = {};  // one line, no full stop
  // More, for HELP and the documents: lines of at most 76 columns, "\n" between them.
  std::string_view details = {};
  std::string_view example = {};        // one or more lines as typed, "\n" between them
  std::string_view example_reply = {};  // what the text protocol answers to the last of them
                                        // in a new store; "..." stands for what differs from
                                        // run to run
  std::string_view since = {};          // "0.1"
  Handler handler = nullptr;            // its arity has been checked
  Arity arity = {};                     // in words after its own; row() works it out

  constexpr bool has(Flag flag) const { return (flags & flag) != 0; }
  constexpr bool takes(std::size_t args) const {
    return args >= static_cast<std::size_t>(arity.min) && !is_too_many(args);
  }
  constexpr bool is_too_many(std::size_t args) const {
    return arity.max >= 0 && args > static_cast<std::size_t>(arity.max);
  }
};

// A row with its arity.
constexpr Command row(Command command) {
  command.arity = arity_of(command.arguments);
  if (!command.subcommands.empty()) command.arity = {command.needs_subcommand ? 1 : 0, -1};
  if (command.has(kOpenEnded)) command.arity.max = -1;
  return command;
}

// All rows, sorted by name.
std::span<const Command> commands();
// Ignores case. nullptr if there is none.
const Command* find_command(std::string_view word);
const Command* find_subcommand(const Command& command, std::string_view word);
// The command itself, or the one it is an alias of.
const Command& original(const Command& command);
// The nearest name, for "did you mean"; empty if nothing is near.
std::string_view nearest_command(std::string_view word);
// Whether the option `token`, which takes no value, is among the words: not where a key, or the
// value of another option, reads the same.
bool gives_option(const Command& command, Args args, std::string_view token);
// Whether a word stands where only an option can, and is none; of a row with kOwnOptions.
bool has_stray_word(const Command& command, Args args);
// Which of the words are keys, rising. A count of keys that is none, or says more than there are,
// is taken for 0.
std::vector<std::size_t> key_places(const Command& command, Args args);
// What it does with its `n`th key, counted from 0: "RW access update".
std::string_view key_flags(const Command& command, Args args, std::size_t n);
// "key [AT seq|time]", "ID|GETNAME|SETNAME name": the command's words after its own.
std::string syntax(const Command& command);
// "GET key [AT seq|time]"
std::string usage(const Command& command);

}  // namespace kvstore::command
