#include "src/command/table.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "src/base/check.h"
#include "src/base/edit_distance.h"
#include "src/command/numbers.h"
#include "src/command/rows/acl.h"
#include "src/command/rows/backup.h"
#include "src/command/rows/bit_fields.h"
#include "src/command/rows/bits.h"
#include "src/command/rows/clients.h"
#include "src/command/rows/compaction.h"
#include "src/command/rows/expiry.h"
#include "src/command/rows/follow.h"
#include "src/command/rows/history.h"
#include "src/command/rows/keys.h"
#include "src/command/rows/pubsub.h"
#include "src/command/rows/ranges.h"
#include "src/command/rows/receipts.h"
#include "src/command/rows/redis.h"
#include "src/command/rows/server.h"
#include "src/command/rows/session.h"
#include "src/command/rows/sorted_set_ranges.h"
#include "src/command/rows/sorted_sets.h"
#include "src/command/rows/store.h"
#include "src/command/rows/strings.h"
#include "src/command/rows/transactions.h"
#include "src/command/rows/values.h"
#include "src/command/words.h"

namespace kvstore::command {
namespace {

// An alias of a command.
struct Alias {
  std::string_view name;
  std::string_view of;
};
constexpr Alias kAliases[] = {
    {"?", "HELP"}, {"INFO", "STATS"}, {"PUT", "SET"}, {"QUIT", "EXIT"}, {"SUBSTR", "GETRANGE"}};

// As in Redis, QUIT ignores all arguments.
constexpr Argument kIgnored[] = {{.name = "ignored", .optional = true, .multiple = true}};

template <std::size_t... kSizes>
constexpr auto concatenate(const Command (&... groups)[kSizes]) {
  std::array<Command, (kSizes + ...)> all;
  auto to = all.begin();
  ((to = std::copy(std::begin(groups), std::end(groups), to)), ...);
  return all;
}

constexpr auto kOriginals = concatenate(
    rows::kValues, rows::kStrings, rows::kBits, rows::kBitFields, rows::kExpiry, rows::kKeys,
    rows::kSortedSets, rows::kSortedSetRanges, rows::kRanges, rows::kFollow, rows::kTransactions,
    rows::kHistory, rows::kCompaction, rows::kBackup, rows::kStore, rows::kReceipts, rows::kSession,
    rows::kAcl, rows::kPubsub, rows::kRedis, rows::kClients, rows::kServer);

constexpr Command row_of(const Alias& alias) {
  Command copy = *std::find_if(kOriginals.begin(), kOriginals.end(),
                               [&](const Command& row) { return row.name == alias.of; });
  copy.name = alias.name;
  copy.alias_of = alias.of;
  if (alias.name == "QUIT") copy.arguments = kIgnored;
  return row(copy);
}

constexpr auto make_table() {
  std::array<Command, kOriginals.size() + std::size(kAliases)> all;
  const auto to = std::copy(kOriginals.begin(), kOriginals.end(), all.begin());
  std::transform(std::begin(kAliases), std::end(kAliases), to, row_of);
  std::sort(all.begin(), all.end(),
            [](const Command& a, const Command& b) { return a.name < b.name; });
  return all;
}

constexpr auto kTable = make_table();

// The first eight letters, in upper case: most words differ in this one comparison.
constexpr std::size_t kBeginning = 8;
constexpr std::uint64_t beginning_of(std::string_view word) {
  std::uint64_t beginning = 0;
  const std::size_t size = std::min(word.size(), kBeginning);
  for (std::size_t i = 0; i < size; ++i) {
    beginning = beginning << 8 | static_cast<unsigned char>(to_upper(word[i]));
  }
  return size == 0 ? 0 : beginning << 8 * (kBeginning - size);
}

// In the order of the table.
constexpr auto kBeginnings = [] {
  std::array<std::uint64_t, kTable.size()> beginnings{};
  std::transform(kTable.begin(), kTable.end(), beginnings.begin(),
                 [](const Command& row) { return beginning_of(row.name); });
  return beginnings;
}();

// A hash table of the places in kBeginnings at which each beginning is first.
constexpr std::size_t kSlots = 1024;
constexpr std::size_t slot_of(std::uint64_t beginning) {
  return (beginning * 0x9E3779B97F4A7C15U >> 32) % kSlots;
}
constexpr auto kFirst = [] {
  std::array<std::uint16_t, kSlots> first{};  // 0: free; else the place and one
  for (std::size_t i = 0; i < kBeginnings.size(); ++i) {
    if (i > 0 && kBeginnings[i] == kBeginnings[i - 1]) continue;
    std::size_t slot = slot_of(kBeginnings[i]);
    while (first[slot] != 0) slot = (slot + 1) % kSlots;
    first[slot] = static_cast<std::uint16_t>(i + 1);
  }
  return first;
}();
static_assert(kBeginnings.size() * 2 <= kSlots);

// The place of the first row that begins so; that of no row if there is none.
std::size_t first_with(std::uint64_t beginning) {
  for (std::size_t slot = slot_of(beginning);; slot = (slot + 1) % kSlots) {
    if (kFirst[slot] == 0) return kBeginnings.size();
    if (kBeginnings[kFirst[slot] - 1u] == beginning) return kFirst[slot] - 1u;
  }
}

// FOLLOW PREFIX p has a prefix in the place of a key. As in the handler, the number of words
// decides: FOLLOW PREFIX FROM 5 follows the key PREFIX.
bool names_no_key(const Command& command, Args args) {
  return command.name == "FOLLOW" && args.size() > 2 && args.size() % 2 == 1 &&
         same_word(args[1], "PREFIX");
}

// For BITFIELD: whether all of its operations are GET.
bool only_gets(Args args) {
  std::size_t at = 2;
  while (at < args.size()) {
    const std::size_t words = same_word(args[at], "GET")        ? 3
                              : same_word(args[at], "OVERFLOW") ? 2
                                                                : 0;
    if (words == 0 || args.size() - at < words) return false;
    at += words;
  }
  return true;
}

constexpr bool has_key(Arguments arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](const Argument& argument) {
    return argument.type == ArgumentType::kKey || has_key(argument.parts);
  });
}

constexpr bool is_well_formed(const Command& row) {
  const bool is_upper =
      row.name == "?" || std::all_of(row.name.begin(), row.name.end(),
                                     [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
  const bool has_words = row.subcommands.empty() ? !row.needs_subcommand : row.arguments.empty();
  return !row.name.empty() && is_upper && has_words && has_key(row.arguments) == row.keys.has_any();
}

static_assert(std::all_of(kTable.begin(), kTable.end(), is_well_formed));
static_assert(std::is_sorted(kBeginnings.begin(), kBeginnings.end()));
static_assert(std::adjacent_find(kTable.begin(), kTable.end(),
                                 [](const Command& a, const Command& b) {
                                   return a.name == b.name;
                                 }) == kTable.end());

}  // namespace

std::span<const Command> commands() { return kTable; }

const Command* find_command(std::string_view word) {
  const std::uint64_t beginning = beginning_of(word);
  for (std::size_t i = first_with(beginning); i < kBeginnings.size() && kBeginnings[i] == beginning;
       ++i) {
    const Command& row = kTable[i];
    const bool is_same =
        row.name.size() == word.size() && (word.size() <= kBeginning || same_word(row.name, word));
    if (is_same) return &row;
  }
  return nullptr;
}

const Command* find_subcommand(const Command& command, std::string_view word) {
  const auto& rows = command.subcommands;
  const auto* found = std::find_if(rows.begin(), rows.end(),
                                   [&](const Command& row) { return same_word(row.name, word); });
  return found == rows.end() ? nullptr : found;
}

const Command& original(const Command& command) {
  if (command.alias_of.empty()) return command;
  const Command* row = find_command(command.alias_of);
  KV_CHECK(row != nullptr);  // the table guarantees it
  return *row;
}

bool gives_option(const Command& command, Args args, std::string_view token) {
  std::size_t at = 1;
  for (const Argument& argument : command.arguments) {
    if (argument.token.empty()) at += static_cast<std::size_t>(arity_of(argument).min);
  }
  while (at < args.size()) {
    if (same_word(args[at], token)) return true;
    const auto* option =
        std::find_if(command.arguments.begin(), command.arguments.end(),
                     [&](const Argument& known) { return same_word(known.token, args[at]); });
    const bool is_known = option != command.arguments.end();
    at += static_cast<std::size_t>(std::max(1, is_known ? arity_of(*option).max : 1));
  }
  return false;
}

bool has_stray_word(const Command& command, Args args) {
  const auto first = static_cast<std::size_t>(command.arity.min) + 1;
  return args.size() > first && std::none_of(command.arguments.begin(), command.arguments.end(),
                                             [&](const Argument& known) {
                                               return !known.token.empty() &&
                                                      same_word(known.token, args[first]);
                                             });
}

std::string_view key_flags(const Command& command, Args args, std::size_t n) {
  std::string_view flags = command.key_flags;
  constexpr std::string_view kVariable = " variable_flags";
  if (flags.ends_with(kVariable)) {
    flags.remove_suffix(kVariable.size());
    if (command.name == "BITFIELD") return only_gets(args) ? "RO access" : flags;
    // SET returns the old value only with GET; a value that reads GET counts as well.
    const Args options = args.subspan(std::min<std::size_t>(3, args.size()));
    const bool tells = std::any_of(options.begin(), options.end(),
                                   [](std::string_view word) { return same_word(word, "GET"); });
    return tells ? flags : "OW update";
  }
  if (flags.empty()) flags = command.has(kWrite) ? "RW access update" : "RO access";
  for (std::size_t end = flags.find("; "); n > 0 && end != flags.npos; --n) {
    flags.remove_prefix(end + 2);
    end = flags.find("; ");
  }
  return flags.substr(0, flags.find("; "));
}

std::vector<std::size_t> key_places(const Command& command, Args args) {
  std::vector<std::size_t> places;
  if (names_no_key(command, args)) return places;
  const KeySpec& keys = command.keys;
  const int count = static_cast<int>(args.size());
  const int last = keys.last < 0 ? count + keys.last : std::min(keys.last, count - 1);
  for (int at = keys.first; keys.first != 0 && at <= last; at += keys.step) {
    places.push_back(static_cast<std::size_t>(at));
  }
  if (keys.count_at == 0 || keys.count_at >= count) return places;
  const auto at = static_cast<std::size_t>(keys.count_at);
  const auto counted = parse_protocol_count(args[at]);
  if (!counted || *counted < 0 || *counted >= count - keys.count_at) return places;
  for (std::size_t i = 1; i <= static_cast<std::size_t>(*counted); ++i) places.push_back(at + i);
  return places;
}

std::string_view nearest_command(std::string_view word) {
  constexpr std::size_t kLongest = 32;  // longest word compared, because the cost is the product of
                                        // the sizes
  if (word.size() < 2 || word.size() > kLongest) return {};
  const std::string typed = upper(word);
  std::string_view nearest;
  // One more than the allowed distance: with four letters two are half of them, and AUTH is not
  // PUT.
  std::size_t best = word.size() < 6 ? 2 : 3;
  for (const Command& command : commands()) {
    // A prefix counts as near as one wrong letter.
    const bool begins = typed.size() >= 3 && command.name.starts_with(typed);
    const std::size_t distance = begins ? 1 : edit_distance(typed, command.name);
    if (distance < best) {
      best = distance;
      nearest = command.name;
    }
  }
  return nearest;
}

std::string syntax(const Command& command) {
  if (command.subcommands.empty()) return syntax(command.arguments);
  std::string text;
  for (const Command& subcommand : command.subcommands) {
    if (subcommand.has(kHidden)) continue;
    if (!text.empty()) text += '|';
    text += usage(subcommand);
  }
  // Brackets: the command also runs without a subcommand.
  return command.handler == nullptr ? text : '[' + text + ']';
}

std::string usage(const Command& command) {
  std::string text(command.name);
  const std::string more = syntax(command);
  if (!more.empty()) text.append(" ").append(more);
  return text;
}

}  // namespace kvstore::command
