#include "src/command/acl/categories.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <iterator>

#include "src/command/words.h"

namespace kvstore::command::acl {
namespace {

using Words = std::initializer_list<std::string_view>;

bool is_one_of(std::string_view name, Words words) {
  return std::find(words.begin(), words.end(), name) != words.end();
}

bool is_subcommand(const CommandId& id, Words names) {
  return id.subcommand != nullptr && is_one_of(id.subcommand->name, names);
}

bool is_about_administration(const CommandId& id) {
  const std::string_view name = id.command->name;
  // A client uses these for its own writes. Redis' SYNC, of the same name, is for replicas.
  if (is_one_of(name, {"FLUSHDISK", "STATS", "SCRUB", "SYNC", "SYNCED", "WAIT", "WAITAOF"})) {
    return false;
  }
  if (is_subcommand(id, {"HELP"}) && name != "DEBUG") return false;
  if (name == "ACL") return !is_subcommand(id, {"CAT", "GENPASS", "WHOAMI"});
  if (is_one_of(name, {"CONFIG", "DEBUG", "MONITOR", "SHUTDOWN", "SLOWLOG", "LATENCY", "LASTSAVE",
                       "ROLE", "SAVE", "BGSAVE"})) {
    return true;
  }
  const bool is_of_others =
      name == "CLIENT" &&
      is_subcommand(id, {"KILL", "LIST", "PAUSE", "UNPAUSE", "UNBLOCK", "NO-EVICT"});
  return is_of_others || id.command->has(kAdmin) || id.row().has(kAdmin);
}

// Commands that may harm others by accident, or that show data of others.
bool is_dangerous(const CommandId& id) {
  return is_about_administration(id) ||
         is_one_of(id.command->name,
                   {"INFO", "KEYS", "FLUSHALL", "FLUSHDB", "STATS", "SCRUB", "UNDO"});
}

// ACL has the same group, but it grants permissions: Redis puts it into no such category.
bool is_about_connections(const CommandId& id) {
  if (is_one_of(id.command->name,
                {"CLIENT", "COMMAND", "HELLO", "AUTH", "SELECT", "RESET", "WAIT"})) {
    return true;
  }
  return id.command->group == "session" && id.command->name != "ACL" &&
         !is_about_administration(id);
}

// Redis does not count its WAIT, although it waits.
bool may_wait(const CommandId& id) {
  return (id.row().has(kBlocking) && id.command->name != "WAIT") ||
         is_one_of(id.command->name, {"WAITAOF", "FOLLOW", "SYNCED"});
}

// Commands that empty the store are fast here, but slow in Redis, whose users grant +@fast for
// harmless commands. Subcommands are not fast either.
bool is_fast(const CommandId& id) {
  return id.row().has(kFast) &&
         !is_one_of(id.command->name, {"CLIENT", "COMMAND", "FLUSHALL", "FLUSHDB"});
}

// WATCH and UNWATCH read no keys.
bool is_reading(const CommandId& id) {
  return id.row().has(kRead) && !id.row().has(kAdmin) && !id.row().has(kTransaction);
}

bool is_of_groups(const CommandId& id, Words groups) {
  return is_one_of(id.command->group, groups);
}

// Categories of Redis' other types exist and are empty, so that rules written for Redis are valid.
bool is_none(const CommandId&) { return false; }

struct Category {
  std::string_view name;
  bool (*has)(const CommandId& id);
};

constexpr Category kCategories[] = {
    {"keyspace",
     [](const CommandId& id) {
       return is_of_groups(id, {"keys", "expiry"}) || id.command->name == "OBJECT";
     }},
    {"read", is_reading},
    {"write",
     [](const CommandId& id) { return id.row().has(kWrite) && !id.row().has(kTransaction); }},
    {"set", is_none},
    {"sortedset", [](const CommandId& id) { return is_of_groups(id, {"sorted sets"}); }},
    {"list", is_none},
    {"hash", is_none},
    {"string",
     [](const CommandId& id) {
       return is_of_groups(id, {"values", "strings"});
     }},
    {"bitmap", [](const CommandId& id) { return is_of_groups(id, {"bits"}); }},
    {"hyperloglog", is_none},
    {"geo", is_none},
    {"stream", is_none},
    {"pubsub",
     [](const CommandId& id) {
       return is_of_groups(id, {"pubsub"}) && !is_subcommand(id, {"HELP"});
     }},
    {"admin", is_about_administration},
    {"fast", is_fast},
    {"slow", [](const CommandId& id) { return !is_fast(id); }},
    {"blocking", may_wait},
    {"dangerous", is_dangerous},
    {"connection", is_about_connections},
    {"transaction", [](const CommandId& id) { return id.row().has(kTransaction); }},
    {"scripting", is_none},
    {"history", [](const CommandId& id) { return is_of_groups(id, {"history"}); }},
};

constexpr auto kNames = [] {
  std::array<std::string_view, std::size(kCategories)> names;
  std::transform(std::begin(kCategories), std::end(kCategories), names.begin(),
                 [](const Category& one) { return one.name; });
  return names;
}();

}  // namespace

std::span<const std::string_view> category_names() { return kNames; }

std::optional<CommandBits> category(std::string_view name) {
  if (same_word(name, "all")) return CommandBits().set();
  const auto* const found =
      std::find_if(std::begin(kCategories), std::end(kCategories),
                   [&](const Category& one) { return same_word(one.name, name); });
  if (found == std::end(kCategories)) return std::nullopt;
  CommandBits bits;
  for (const CommandId& id : command_ids()) {
    if (found->has(id)) bits.set(id.number);
  }
  return bits;
}

std::vector<std::string_view> categories_of(const CommandId& id) {
  std::vector<std::string_view> names;
  for (const Category& one : kCategories) {
    if (one.has(id)) names.push_back(one.name);
  }
  return names;
}

bool is_container(const Command& command) {
  return command.needs_subcommand && command.name != "DEBUG";
}

}  // namespace kvstore::command::acl
