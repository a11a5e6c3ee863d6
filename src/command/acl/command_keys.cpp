#include "src/command/acl/command_keys.h"

#include <vector>

#include "src/command/words.h"

namespace kvstore::command::acl {
namespace {

// As in Redis 7.0: a user with any access to a key may know that it exists.
Access access_of(const Command& row, Args args, std::size_t n) {
  const std::string_view flags = key_flags(row, args, n);
  const auto has = [flags](std::string_view word) { return flags.find(word) != flags.npos; };
  const bool writes = has("update") || has("insert") || has("delete");
  return static_cast<Access>((has("access") ? kReads : kAny) | (writes ? kWrites : kAny));
}

// If the number of keys is invalid, or exceeds the words, the command will be refused. As a
// safeguard all later words count as keys, so that none escapes the check.
std::vector<std::size_t> places_of(const Command& row, Args args) {
  std::vector<std::size_t> places = key_places(row, args);
  const auto count_at = static_cast<std::size_t>(row.keys.count_at);
  if (count_at == 0 || (!places.empty() && places.back() > count_at)) return places;
  for (std::size_t at = count_at + 1; at < args.size(); ++at) places.push_back(at);
  return places;
}

bool follows_prefix(const Command& row, Args args) {
  return row.name == "FOLLOW" && key_places(row, args).empty();
}

std::string_view value_of_option(Args args, std::string_view token) {
  for (std::size_t i = 1; i + 1 < args.size(); ++i) {
    if (same_word(args[i], token)) return args[i + 1];
  }
  return {};
}

}  // namespace

void for_each_key(const Command& row, Args args, FunctionRef<bool(std::string_view, Access)> take) {
  if (!row.keys.has_any()) return;
  std::size_t count = 0;
  for (const std::size_t at : places_of(row, args)) {
    if (!take(args[at], access_of(row, args, count++))) return;
  }
}

void for_each_channel(const Command& row, Args args,
                      FunctionRef<bool(std::string_view, bool)> take) {
  const bool publishes = row.name == "PUBLISH" || row.name == "SPUBLISH";
  const bool listens = row.name == "SUBSCRIBE" || row.name == "SSUBSCRIBE";
  const bool has_patterns = row.name == "PSUBSCRIBE";
  if (!publishes && !listens && !has_patterns) return;
  for (const std::string_view name : publishes ? args.subspan(1, 1) : args.subspan(1)) {
    if (!take(name, has_patterns)) return;
  }
}

std::optional<std::string_view> prefix_shown(const Command& row, Args args) {
  if (row.name == "RANGE") return std::string_view();
  if (row.name == "PREFIX") return args[1];
  if (row.name == "DIFF") return value_of_option(args, "PREFIX");
  if (follows_prefix(row, args)) return args[2];
  return std::nullopt;
}

}  // namespace kvstore::command::acl
