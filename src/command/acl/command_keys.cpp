#include "src/command/acl/command_keys.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "src/command/words.h"

namespace kvstore::command::acl {
namespace {

// What these replace or change, they do not tell.
constexpr std::string_view kOnlyWrite[] = {"APPEND",
                                           "CREATE",
                                           "DEL",
                                           "DELETE",
                                           "EXPIRE",
                                           "EXPIREAT",
                                           "MSET",
                                           "MSETNX",
                                           "PERSIST",
                                           "PEXPIRE",
                                           "PEXPIREAT",
                                           "PSETEX",
                                           "SET",
                                           "SETEX",
                                           "SETNX",
                                           "SETRANGE",
                                           "UNLINK",
                                           "ZADD",
                                           "ZREM",
                                           "ZREMRANGEBYLEX",
                                           "ZREMRANGEBYRANK",
                                           "ZREMRANGEBYSCORE"};

bool is_of(std::string_view name, const std::string_view* begin, const std::string_view* end) {
  return std::find(begin, end, name) != end;
}

// From one key to another.
bool is_from_to(std::string_view name) {
  return name == "COPY" || name == "RENAME" || name == "RENAMENX";
}

// A destination comes first, and then what it is made of.
bool stores(std::string_view name) {
  return name == "ZRANGESTORE" || name == "ZUNIONSTORE" || name == "ZINTERSTORE" ||
         name == "ZDIFFSTORE";
}

// It may be a value, too: then more is asked for than has to be, and never less.
bool has_word(Args args, std::string_view word) {
  return std::any_of(args.begin() + 2, args.end(),
                     [&](std::string_view other) { return same_word(other, word); });
}

// `count`: keys before it.
Access access_of(const Command& row, Args args, std::size_t count) {
  if (!row.has(kWrite)) return kReads;
  const std::string_view name = original(row).name;
  if (is_from_to(name) && count == 1) return kWrites;
  if (name == "COPY") return kReads;
  if (stores(name)) return count == 0 ? kWrites : kReads;
  if (!is_of(name, std::begin(kOnlyWrite), std::end(kOnlyWrite))) return kReadsAndWrites;
  const bool tells =
      (name == "SET" && has_word(args, "GET")) || (name == "ZADD" && has_word(args, "INCR"));
  return tells ? kReadsAndWrites : kWrites;
}

// FOLLOW PREFIX p, where a key would stand otherwise. As the command itself, by how many words
// there are: FOLLOW PREFIX FROM 5 follows the key PREFIX.
bool follows_prefix(const Command& row, Args args) {
  return row.name == "FOLLOW" && args.size() > 2 && args.size() % 2 == 1 &&
         same_word(args[1], "PREFIX");
}

// Where the number of keys is none, or more than there are, the command will be refused; should it
// not be, no word after it passes unasked.
std::vector<std::size_t> places_of(const Command& row, Args args) {
  std::vector<std::size_t> places = key_places(row, args);
  const auto count_at = static_cast<std::size_t>(row.keys.count_at);
  if (count_at == 0 || (!places.empty() && places.back() > count_at)) return places;
  for (std::size_t at = count_at + 1; at < args.size(); ++at) places.push_back(at);
  return places;
}

std::string_view value_of_option(Args args, std::string_view token) {
  for (std::size_t i = 1; i + 1 < args.size(); ++i) {
    if (same_word(args[i], token)) return args[i + 1];
  }
  return {};
}

}  // namespace

void for_each_key(const Command& row, Args args, FunctionRef<bool(std::string_view, Access)> take) {
  if (!row.keys.has_any() || follows_prefix(row, args)) return;
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
