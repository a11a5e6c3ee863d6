#include "tests/support/linearizability.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "src/base/check.h"
#include "src/base/hash.h"

namespace kvstore::testing {
namespace {

using Value = std::optional<std::string>;
using Kind = Operation::Kind;

// How far each thread's operations are in the order, and the value then.
struct Point {
  std::array<std::uint32_t, kMaxThreads> done{};
  std::uint32_t value = 0;  // by number
  bool operator==(const Point&) const = default;
};

struct PointHash {
  std::size_t operator()(const Point& point) const {
    return hash_key({reinterpret_cast<const char*>(&point), sizeof point});
  }
};
static_assert(std::has_unique_object_representations_v<Point>);

std::string describe(const Operation& operation) {
  static constexpr const char* kNames[] = {"SET", "SETNX", "APPEND", "DELETE", "GET", "STRLEN"};
  return fmt::format("{} {} -> {} [{}, {}]", kNames[static_cast<int>(operation.kind)],
                     operation.value, operation.answer, operation.called, operation.returned);
}

class Search {
 public:
  explicit Search(const History& history) : history_(history) {
    KV_CHECK(history.size() <= kMaxThreads);
  }

  std::optional<std::string> run() {
    visit({{}, number_of(std::nullopt)});
    while (!open_.empty()) {
      const Point point = open_.back();
      open_.pop_back();
      if (is_end(point)) return std::nullopt;
      expand(point);
    }
    return fmt::format("no order of these gives these answers: {}", where());
  }

 private:
  const Operation* next(const Point& point, std::size_t thread) const {
    const auto& operations = history_[thread];
    return point.done[thread] < operations.size() ? &operations[point.done[thread]] : nullptr;
  }

  bool is_end(const Point& point) const {
    for (std::size_t thread = 0; thread < history_.size(); ++thread) {
      const Operation* operation = next(point, thread);
      if (operation && operation->returned != kNever) return false;
    }
    return true;
  }

  // Next in the order can be whatever was called before any of the others returned.
  void expand(const Point& point) {
    std::uint64_t first_return = kNever;
    for (std::size_t thread = 0; thread < history_.size(); ++thread) {
      if (const Operation* operation = next(point, thread)) {
        first_return = std::min(first_return, operation->returned);
      }
    }
    for (std::size_t thread = 0; thread < history_.size(); ++thread) {
      const Operation* operation = next(point, thread);
      if (operation && operation->called <= first_return) try_next(point, thread, *operation);
    }
  }

  void try_next(Point point, std::size_t thread, const Operation& operation) {
    Value value = values_[point.value];
    const std::string answer = answer_of(operation, &value);
    if (!operation.answer.empty() && operation.answer != answer) return;
    ++point.done[thread];
    point.value = number_of(value);
    visit(point);
  }

  void visit(const Point& point) {
    if (!seen_.insert(point).second) return;
    open_.push_back(point);
    std::uint64_t depth = 0;
    for (const std::uint32_t done : point.done) depth += done;
    if (depth < furthest_depth_) return;
    furthest_depth_ = depth;
    furthest_ = point;
  }

  std::uint32_t number_of(const Value& value) {
    const auto [entry, is_new] =
        numbers_.try_emplace(value ? "=" + *value : "", static_cast<std::uint32_t>(values_.size()));
    if (is_new) values_.push_back(value);
    return entry->second;
  }

  std::string where() const {
    std::string text = fmt::format("value {}", values_[furthest_.value].value_or("nil"));
    for (std::size_t thread = 0; thread < history_.size(); ++thread) {
      if (const Operation* operation = next(furthest_, thread)) {
        text += fmt::format("\n  thread {}: {}", thread, describe(*operation));
      }
    }
    return text;
  }

  const History& history_;
  std::vector<Point> open_;
  std::unordered_set<Point, PointHash> seen_;
  std::vector<Value> values_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::uint64_t furthest_depth_ = 0;
  Point furthest_;
};

}  // namespace

std::string answer_of(const Operation& operation, Value* value) {
  const bool existed = value->has_value();
  switch (operation.kind) {
    case Kind::kGet:
      return existed ? "=" + **value : "nil";
    case Kind::kLength:
      return existed ? std::to_string((*value)->size()) : "nil";
    case Kind::kRemove:
      value->reset();
      return existed ? "old" : "nil";
    case Kind::kAppend:
      *value = value->value_or("") + operation.value;
      return std::to_string((*value)->size());
    case Kind::kSetIfAbsent:
      if (existed) return "kept";
      [[fallthrough]];
    case Kind::kSet:
      *value = operation.value;
      return existed ? "old" : "new";
  }
  return {};
}

std::optional<std::string> find_violation(const History& history) { return Search(history).run(); }

std::optional<std::string> find_violation(const std::vector<History>& histories) {
  for (std::size_t key = 0; key < histories.size(); ++key) {
    if (auto violation = find_violation(histories[key])) {
      return fmt::format("key {}: {}", key, *violation);
    }
  }
  return std::nullopt;
}

}  // namespace kvstore::testing
