// COMMAND, CONFIG, SELECT, HELLO, RESET, TIME, ROLE, WAIT, BGREWRITEAOF: commands that Redis'
// clients send to a server.
#include "src/command/rows/redis.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "src/command/acl/categories.h"
#include "src/command/call.h"
#include "src/command/client_names.h"
#include "src/command/command_docs.h"
#include "src/command/errors.h"
#include "src/command/glob.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/settings.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

// --- HELLO

Failure wrong_hello_option(const Call& call, std::string_view word) {
  Failure failure = unknown_option(call.row, word);
  failure.redis = fmt::format("ERR Syntax error in HELLO option '{}'", word.substr(0, 64));
  return failure;
}

// The requested protocol version; 0: the present one.
Checked<std::int64_t> take_version(Args args) {
  if (args.size() == 1) return 0;
  const auto number = parse_integer(args[1]);
  if (!number) {
    Failure failure = bad_number(args[1], "a protocol version", "HELLO 3");
    failure.redis = "ERR Protocol version is not an integer or out of range";
    return fail(std::move(failure));
  }
  if (*number == 2 || *number == 3) return *number;
  return fail(Failure(Code::kNumber,
                      fmt::format("protocol version {} is not supported", quote(args[1])),
                      "HELLO 2 or HELLO 3", "NOPROTO unsupported protocol version"));
}

// Parses AUTH user password, SETNAME name, from args[2] on. Nothing changes unless all of them are
// valid.
Outcome take_hello_options(const Call& call) {
  const Args args = call.args;
  std::optional<std::string_view> name, user, password;
  for (std::size_t i = 2; i < args.size();) {
    const std::size_t left = args.size() - i - 1;
    if (same_word(args[i], "AUTH") && left >= 2) {
      user = args[i + 1];
      password = args[i + 2];
      i += 3;
    } else if (same_word(args[i], "SETNAME") && left >= 1) {
      name = args[i + 1];
      i += 2;
    } else {
      return fail(wrong_hello_option(call, args[i]));
    }
  }
  if (user && call.session.executes_queue()) {
    return fail(Failure(Code::kState, "a password is not checked between MULTI and EXEC",
                        "HELLO 3 AUTH user password, before MULTI",
                        "ERR HELLO with AUTH is not allowed in transactions"));
  }
  if (user) {
    KV_TRY(call.session.log_in(*user, *password));
  } else if (auto refused = call.session.login().check_greeting()) {
    return fail(std::move(*refused));
  }
  if (name) return name_session(call.session, *name);
  return {};
}

void greet(const Call& call) {
  ReplySink& reply = call.reply;
  reply.begin(Aggregate::kMap, 14);
  reply.value("server");
  reply.value("kvstore");
  reply.value("version");
  reply.value(KVSTORE_VERSION);
  reply.value("proto");
  reply.integer(call.session.dialect() == Dialect::kResp3 ? 3 : 2);
  reply.value("id");
  reply.integer(static_cast<std::int64_t>(call.session.id()));
  reply.value("mode");
  reply.value("standalone");
  reply.value("role");
  reply.value("master");
  reply.value("modules");
  reply.empty(Aggregate::kArray);
  reply.end();
}

// --- COMMAND

struct KeysOf {
  Args args;
  const Command* row;
  std::vector<std::size_t> places;
};

// The words of a command that are keys; an error if there is none.
Checked<KeysOf> keys_of(Args args) {
  const Command* row = find_command(args[0]);
  std::size_t own_words = 1;
  if (row != nullptr && !row->subcommands.empty() && args.size() > 1) {
    row = find_subcommand(*row, args[1]);
    own_words = 2;
  }
  if (row == nullptr) {
    return fail(Failure(unknown_command(args).error, "ERR Invalid command specified"));
  }
  const Failure none(Code::kArity, "the command has no keys", {},
                     "ERR The command has no key arguments");
  if (!row->keys.has_any()) return fail(none);
  const bool has_stray = row->has(kOwnOptions) && has_stray_word(*row, args);
  if (!row->takes(args.size() - own_words) || has_stray) {
    return fail(Failure(wrong_arity(*row, args).error,
                        "ERR Invalid number of arguments specified for command"));
  }
  std::vector<std::size_t> places = key_places(*row, args);
  const bool is_counted = row->keys.count_at != 0;
  if (is_counted &&
      (places.empty() || places.back() <= static_cast<std::size_t>(row->keys.count_at))) {
    return fail(Failure(Code::kNumber, "the number of keys is none, or more than there are", {},
                        "ERR Invalid arguments specified for command"));
  }
  if (places.empty()) return fail(none);
  return KeysOf{args, row, std::move(places)};
}

// Finds "get" or "client|list".
std::pair<const Command*, const Command*> find_by_full_name(std::string_view name) {
  const std::size_t bar = name.find('|');
  const Command* const command = find_command(name.substr(0, bar));
  if (command == nullptr || bar == name.npos) return {command, nullptr};
  const Command* const subcommand = find_subcommand(*command, name.substr(bar + 1));
  return {subcommand == nullptr ? nullptr : command, subcommand};
}

// The FILTERBY of COMMAND LIST.
struct ListFilter {
  bool none = false;
  std::optional<std::string> pattern;
  std::optional<acl::CommandBits> category;

  bool takes(const Command& command, const Command* subcommand) const {
    const Command& row = subcommand != nullptr ? *subcommand : command;
    if (none) return false;
    if (pattern) return glob_match(*pattern, acl::full_name(command, row));
    if (!category) return true;
    const Command& whole = original(command);
    return category->test(acl::number_of(whole, subcommand != nullptr ? row : whole));
  }
};

Checked<ListFilter> take_list_filter(const Call& call) {
  ListFilter filter;
  const bool is_filter = call.args.size() == 5 && same_word(call.args[2], "FILTERBY");
  const std::string_view by = is_filter ? call.args[3] : std::string_view();
  if (same_word(by, "PATTERN")) {
    filter.pattern = lower(call.args[4]);
  } else if (same_word(by, "ACLCAT")) {
    filter.category = acl::category(call.args[4]);
    filter.none = !filter.category;
  } else if (same_word(by, "MODULE")) {
    filter.none = true;
  } else {
    return fail(unknown_option(call.row, call.args[2]));
  }
  return filter;
}

}  // namespace

Outcome command_table(Call& call) {
  call.reply.begin(Aggregate::kArray, commands().size());
  for (const Command& row : commands()) write_command_info(row, nullptr, call.reply);
  call.reply.end();
  return {};
}

Outcome command_count(Call& call) {
  call.reply.integer(static_cast<std::int64_t>(commands().size()));
  return {};
}

Outcome command_list(Call& call) {
  ListFilter filter;
  if (call.args.size() > 2) {
    KV_ASSIGN(filter, take_list_filter(call));
  }
  call.reply.begin(Aggregate::kArray);
  for (const Command& row : commands()) {
    if (filter.takes(row, nullptr)) call.reply.value(lower(row.name));
    for (const Command& subcommand : row.subcommands) {
      if (!subcommand.has(kHidden) && filter.takes(row, &subcommand)) {
        call.reply.value(acl::full_name(row, subcommand));
      }
    }
  }
  call.reply.end();
  return {};
}

Outcome command_get_keys(Call& call) {
  KV_ASSIGN(const KeysOf keys, keys_of(call.args.subspan(2)));
  call.reply.begin(Aggregate::kArray, keys.places.size());
  for (const std::size_t place : keys.places) call.reply.value(keys.args[place]);
  call.reply.end();
  return {};
}

Outcome command_get_keys_and_flags(Call& call) {
  KV_ASSIGN(const KeysOf keys, keys_of(call.args.subspan(2)));
  call.reply.begin(Aggregate::kArray, keys.places.size());
  for (std::size_t i = 0; i < keys.places.size(); ++i) {
    call.reply.begin(Aggregate::kArray, 2);
    call.reply.value(keys.args[keys.places[i]]);
    write_words(key_flags(*keys.row, keys.args, i), call.reply);
    call.reply.end();
  }
  call.reply.end();
  return {};
}

// Replies as Redis' HELP of such a command, each line a simple string.
Outcome list_subcommands(Call& call) {
  const Command& command = *find_command(call.args[0]);
  call.reply.begin(Aggregate::kArray);
  call.reply.status(
      fmt::format("{} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", command.name));
  for (const Command& subcommand : command.subcommands) {
    if (subcommand.has(kHidden)) continue;
    call.reply.status(usage(subcommand));
    call.reply.status(fmt::format("    {}.", subcommand.summary));
  }
  call.reply.end();
  return {};
}

Outcome command_docs(Call& call) {
  const Args names = call.args.subspan(2);
  call.reply.begin(Aggregate::kMap);
  if (names.empty()) {
    for (const Command& row : commands()) write_command_docs(row, call.reply);
  }
  for (const std::string_view name : names) {
    if (const Command* row = find_command(name)) write_command_docs(*row, call.reply);
  }
  call.reply.end();
  return {};
}

Outcome command_info(Call& call) {
  const Args names = call.args.subspan(2);
  if (names.empty()) return command_table(call);
  call.reply.begin(Aggregate::kArray, names.size());
  for (const std::string_view name : names) {
    const auto [command, subcommand] = find_by_full_name(name);
    if (command == nullptr)
      call.reply.missing();
    else if (subcommand != nullptr)
      write_command_info(*subcommand, command, call.reply);
    else
      write_command_info(*command, nullptr, call.reply);
  }
  call.reply.end();
  return {};
}

// --- CONFIG

Outcome config_get(Call& call) {
  const Args globs = call.args.subspan(2);
  call.reply.begin(Aggregate::kMap);
  for (const auto& [name, value] : settings_of(call)) {
    const bool asked = std::any_of(globs.begin(), globs.end(), [&n = name](std::string_view glob) {
      return glob_match(lower(glob), n);
    });
    if (!asked) continue;
    call.reply.value(name);
    call.reply.value(value);
  }
  call.reply.end();
  return {};
}

Outcome config_set(Call& call) {
  if (call.args.size() % 2 != 0) {
    return fail(needs_value("each setting", "a value", "CONFIG SET slowlog-max-len 256"));
  }
  Outcome done = change_settings(call, call.args.subspan(2));
  if (done) call.reply.ok();
  return done;
}

Outcome config_reset_counts(Call& call) {
  if (ServerControl* const control = call.session.server_control()) control->reset_counts();
  call.reply.ok();
  return {};
}

Outcome config_rewrite(Call& call) {
  ServerControl* const control = call.session.server_control();
  const Status done =
      control != nullptr
          ? control->rewrite_settings()
          : Status(fail(Code::kNotFound, "a shell on a file has no config file to write",
                        "kvstore data.bin --listen 7878 --config kvstore.toml"));
  if (!done && done.error().code == Code::kNotFound) {
    return fail(Failure(done.error(), "ERR The server is running without a config file"));
  }
  KV_TRY(done);
  call.reply.ok();
  return {};
}

// --- SELECT, HELLO, RESET

Outcome select(Call& call) {
  const auto index = parse_protocol_count(call.args[1]);
  if (!index) return fail(bad_number(call.args[1], "the number of a database", "SELECT 0"));
  if (*index != 0) {
    const bool is_int = *index >= INT32_MIN && *index <= INT32_MAX;
    return fail(Failure(Code::kNumber, "there is one database, number 0", "SELECT 0",
                        is_int ? "ERR DB index is out of range"
                               : "ERR value is out of range, value must between -2147483648 and "
                                 "2147483647"));
  }
  call.reply.ok();
  return {};
}

Outcome hello(Call& call) {
  KV_ASSIGN(const std::int64_t version, take_version(call.args));
  KV_TRY(take_hello_options(call));
  // The text protocol has no versions: there HELLO changes nothing.
  const bool is_text = call.session.dialect() == Dialect::kText;
  if (version != 0 && !is_text) {
    call.session.set_dialect(version == 3 ? Dialect::kResp3 : Dialect::kResp2);
    call.reply.speak(call.session.dialect());
  }
  greet(call);
  return {};
}

Outcome reset(Call& call) {
  call.session.reset();
  call.reply.speak(call.session.dialect());
  call.reply.status("RESET");
  return {};
}

Outcome time(Call& call) {
  constexpr std::uint64_t kSecond_us = 1'000'000;
  const std::uint64_t now_us = call.store().now_us();
  call.reply.begin(Aggregate::kArray, 2);
  call.reply.value(std::to_string(now_us / kSecond_us));
  call.reply.value(std::to_string(now_us % kSecond_us));
  call.reply.end();
  return {};
}

Outcome role(Call& call) {
  call.reply.begin(Aggregate::kArray, 3);
  call.reply.value("master");
  call.reply.integer(0);
  call.reply.empty(Aggregate::kArray);
  call.reply.end();
  return {};
}

Outcome wait_for_followers(Call& call) {
  const auto replicas = parse_protocol_count(call.args[1]);
  if (!replicas) return fail(bad_number(call.args[1], "a whole number", "WAIT 1 100"));
  const auto timeout = parse_protocol_count(call.args[2]);
  if (!timeout || *timeout < 0) {
    return fail(bad_timeout_ms(call.args[2], timeout.has_value(), "WAIT 1 100"));
  }
  call.reply.integer(0);
  return {};
}

Outcome compact_by_redis_name(Call& call) {
  const Status started = call.store().start_compaction(call.store().options().compaction);
  if (!started && started.error().code == Code::kConflict) {
    return fail(
        Failure(started.error(), "ERR Background append only file rewriting already in progress"));
  }
  KV_TRY(started);
  call.reply.status("Background append only file rewriting started");
  return {};
}

}  // namespace kvstore::command::handlers
