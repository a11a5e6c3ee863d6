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

bool is_about_administration(const CommandId& id) {
  // Each client asks for these of its own writes, or itself.
  if (is_one_of(id.command->name,
                {"FLUSHDISK", "STATS", "SCRUB", "SYNC", "SYNCED", "WAIT", "WAITAOF"})) {
    return false;
  }
  if (is_one_of(id.command->name, {"ACL", "CONFIG", "DEBUG", "MONITOR", "SHUTDOWN", "SLOWLOG",
                                   "LATENCY", "SAVE", "BGSAVE"})) {
    return id.subcommand == nullptr || id.subcommand->name != "WHOAMI";
  }
  const bool is_of_others =
      id.command->name == "CLIENT" && id.subcommand != nullptr &&
      is_one_of(id.subcommand->name, {"KILL", "LIST", "PAUSE", "UNPAUSE", "UNBLOCK", "NO-EVICT"});
  return is_of_others || id.command->has(kAdmin) || id.row().has(kAdmin);
}

// What harms others by accident, or shows what is not one's own.
bool is_dangerous(const CommandId& id) {
  return is_about_administration(id) ||
         is_one_of(id.command->name,
                   {"KEYS", "FLUSHALL", "FLUSHDB", "STATS", "ROLE", "LASTSAVE", "SCRUB", "UNDO"});
}

bool is_about_connections(const CommandId& id) {
  return id.command->group == "session" ||
         is_one_of(id.command->name,
                   {"CLIENT", "COMMAND", "HELLO", "AUTH", "SELECT", "RESET", "WAIT"});
}

bool may_wait(const CommandId& id) {
  return id.row().has(kBlocking) ||
         is_one_of(id.command->name, {"WAIT", "WAITAOF", "FOLLOW", "SYNCED"});
}

bool is_of_groups(const CommandId& id, Words groups) {
  return is_one_of(id.command->group, groups);
}

// Of types that are not here, a category is there and empty: rules written for Redis hold.
bool is_none(const CommandId&) { return false; }

struct Category {
  std::string_view name;
  bool (*has)(const CommandId& id);
};

constexpr Category kCategories[] = {
    {"keyspace",
     [](const CommandId& id) {
       return is_of_groups(id, {"keys", "expiry"});
     }},
    {"read", [](const CommandId& id) { return id.row().has(kRead) && !id.row().has(kAdmin); }},
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
    {"pubsub", [](const CommandId& id) { return is_of_groups(id, {"pubsub"}); }},
    {"admin", is_about_administration},
    {"fast", [](const CommandId& id) { return id.row().has(kFast); }},
    {"slow", [](const CommandId& id) { return !id.row().has(kFast); }},
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

}  // namespace kvstore::command::acl
