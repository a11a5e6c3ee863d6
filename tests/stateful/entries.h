// Several writes that become one: of a batch, or of a transaction.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/stateful/generate.h"
#include "tests/stateful/world.h"

namespace kvstore::stateful {

struct Entry {
  enum class Op { kSet, kAppend, kRemove } op = Op::kSet;
  std::string k;
  Value v;
};

inline void showValue(const Entry& entry, std::ostream& os) {
  static constexpr const char* kNames[] = {"SET ", "APPEND ", "DELETE "};
  os << kNames[static_cast<int>(entry.op)] << rc::toString(entry.k) << " ";
  showValue(entry.v, os);
}

inline rc::Gen<Entry> entry() {
  return rc::gen::build<Entry>(
      rc::gen::set(&Entry::op,
                   rc::gen::element(Entry::Op::kSet, Entry::Op::kAppend, Entry::Op::kRemove)),
      rc::gen::set(&Entry::k, key()), rc::gen::set(&Entry::v, value()));
}

inline rc::Gen<std::vector<Entry>> entries() {
  return rc::gen::nonEmpty(rc::gen::container<std::vector<Entry>>(entry()));
}

// Each key once, as they leave it.
inline std::map<std::string, std::optional<std::string>> outcome(const std::vector<Entry>& entries,
                                                                 const Expected& expected) {
  std::map<std::string, std::optional<std::string>> values;
  for (const Entry& one : entries) {
    auto& now = values.try_emplace(one.k, expected.values.now(one.k)).first->second;
    if (one.op == Entry::Op::kSet) now = one.v.bytes();
    if (one.op == Entry::Op::kRemove) now.reset();
    if (one.op == Entry::Op::kAppend) now = now.value_or("") + one.v.bytes();
  }
  return values;
}

// A deletion of what is not there is not written.
inline void take(const std::vector<Entry>& entries, Expected& expected) {
  auto values = outcome(entries, expected);
  std::erase_if(values,
                [&](const auto& one) { return !one.second && !expected.values.now(one.first); });
  if (values.empty()) return;
  ++expected.seq;
  for (auto& [k, value] : values) expected.set(k, std::move(value));
}

}  // namespace kvstore::stateful
