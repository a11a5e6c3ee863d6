#include "src/command/table.h"

#include <algorithm>
#include <array>

#include "src/base/check.h"
#include "src/command/rows.h"
#include "src/command/words.h"

namespace kvstore::command {
namespace {

// Other names of the same thing.
struct Alias {
  std::string_view name;
  std::string_view of;
  bool ignores_args = false;
};
constexpr Alias kAliases[] = {
    {"DBSIZE", "COUNT"}, {"INFO", "STATS"}, {"PUT", "SET"}, {"QUIT", "EXIT", true}, {"SYNC", "FLUSHDISK"}};

constexpr std::size_t kMaxNameSize = 16;

// Names hash by their upper-case bytes; the table is four times as large as it
// has rows, so that a look-up is nearly always one comparison.
class Table {
 public:
  Table() {
    for (const auto rows : {value_rows(), key_rows(), history_rows(), store_rows(), session_rows(),
                            on_error_rows(), redis_rows()}) {
      rows_.insert(rows_.end(), rows.begin(), rows.end());
    }
    add_aliases();
    std::sort(rows_.begin(), rows_.end(),
              [](const Command& a, const Command& b) { return a.name < b.name; });
    KV_CHECK(rows_.size() * 2 < slots_.size());
    for (const Command& row : rows_) {
      KV_CHECK(row.name.size() <= kMaxNameSize && find(row.name) == nullptr);
      std::size_t slot = hash(row.name);
      while (slots_[slot] != nullptr) slot = (slot + 1) % slots_.size();
      slots_[slot] = &row;
    }
  }

  std::span<const Command> rows() const { return rows_; }

  const Command* find(std::string_view word) const {
    if (word.empty() || word.size() > kMaxNameSize) return nullptr;
    std::size_t slot = hash(word);
    while (slots_[slot] != nullptr && !same_word(slots_[slot]->name, word)) {
      slot = (slot + 1) % slots_.size();
    }
    return slots_[slot];
  }

 private:
  void add_aliases() {
    for (const Alias& alias : kAliases) {
      const auto row = std::find_if(rows_.begin(), rows_.end(),
                                    [&](const Command& c) { return c.name == alias.of; });
      KV_CHECK(row != rows_.end());
      Command copy = *row;
      copy.name = alias.name;
      copy.alias_of = alias.of;
      if (alias.ignores_args) {  // as in Redis
        copy.arguments = "[ignored ...]";
        copy.max_args = -1;
      }
      rows_.push_back(copy);
    }
  }

  std::size_t hash(std::string_view word) const {
    std::size_t hash = word.size();
    for (const char c : word) hash = hash * 31 + static_cast<unsigned char>(to_upper(c));
    return hash % slots_.size();
  }

  std::vector<Command> rows_;
  std::array<const Command*, 128> slots_{};
};

const Table& table() {
  static const Table table;
  return table;
}

// How many letters must be added, dropped, changed or swapped with the one beside it.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, kMaxNameSize + 4>, kMaxNameSize + 4> cost{};
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char x = to_upper(a[i - 1]);
      const char y = to_upper(b[j - 1]);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (x != y)});
      if (i > 1 && j > 1 && x == to_upper(b[j - 2]) && y == to_upper(a[i - 2])) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::span<const Command> commands() { return table().rows(); }

const Command* find_command(std::string_view word) { return table().find(word); }

std::string_view nearest_command(std::string_view word) {
  if (word.size() < 2 || word.size() > kMaxNameSize + 2) return {};
  std::string_view nearest;
  // One more than may differ: of four letters two are half, and AUTH is not PUT.
  std::size_t best = word.size() < 6 ? 2 : 3;
  for (const Command& command : commands()) {
    // A beginning is as near as one wrong letter.
    const bool begins = word.size() >= 3 && starts_with_word(command.name, word);
    const std::size_t distance = begins ? 1 : edit_distance(word, command.name);
    if (distance < best) {
      best = distance;
      nearest = command.name;
    }
  }
  return nearest;
}

std::string usage(const Command& command) {
  std::string text(command.name);
  if (!command.arguments.empty()) text.append(" ").append(command.arguments);
  return text;
}

}  // namespace kvstore::command
