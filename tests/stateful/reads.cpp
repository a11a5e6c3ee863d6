// GET, READ, GET as of a version, STRLEN, HISTORY, DIFF, KEYS, COUNT.
#include <algorithm>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "src/store/diff.h"
#include "tests/stateful/commands.h"
#include "tests/stateful/generate.h"

namespace kvstore::stateful {
namespace {

std::optional<std::string> answer(const Result<bool>& found, std::string value) {
  RC_ASSERT(found.has_value());
  return *found ? std::optional(std::move(value)) : std::nullopt;
}

struct Get : Command {
  std::string k = *key();

  void run(const Expected& before, World& world) const override {
    std::string got;
    const auto found = world.store().get(k, &got);
    RC_ASSERT(answer(found, std::move(got)) == before.values.now(k));
    const auto info = world.store().stat(k);
    RC_ASSERT(info.has_value());
    RC_ASSERT(info->has_value() == before.values.now(k).has_value());
    if (*info) RC_ASSERT((*info)->size == before.values.now(k)->size());
  }
  void show(std::ostream& os) const override { os << "GET " << rc::toString(k); }
};

struct Read : Command {
  std::string k = *key();
  std::int64_t offset = *rc::gen::inRange<std::int64_t>(-10'000, 10'000);
  std::uint64_t length = *rc::gen::inRange<std::uint64_t>(0, 9000);

  std::optional<std::string> expected_part(const Expected& before) const {
    const auto whole = before.values.now(k);
    if (!whole) return std::nullopt;
    const auto size = static_cast<std::int64_t>(whole->size());
    const std::int64_t begin =
        offset < 0 ? std::max<std::int64_t>(0, size + offset) : std::min(offset, size);
    return whole->substr(static_cast<std::size_t>(begin), length);
  }
  void run(const Expected& before, World& world) const override {
    std::string got;
    const auto found = world.store().read(k, offset, length, &got);
    RC_ASSERT(answer(found, std::move(got)) == expected_part(before));
  }
  void show(std::ostream& os) const override {
    os << "READ " << rc::toString(k) << " " << offset << " " << length;
  }
};

struct GetAt : Command {
  std::string k = *key();
  std::uint64_t back = *rc::gen::inRange<std::uint64_t>(0, 60);

  void run(const Expected& before, World& world) const override {
    At at;
    at.seq = before.seq - std::min(before.seq, back);
    std::string got;
    const auto found = world.store().get(k, &got, at);
    if (*at.seq < before.floor) {
      RC_ASSERT(!found.has_value());
      return RC_ASSERT(found.error().code == Code::kPurged);
    }
    RC_ASSERT(answer(found, std::move(got)) == before.values.at(k, *at.seq));
  }
  void show(std::ostream& os) const override {
    os << "GET " << rc::toString(k) << " as of " << back << " versions ago";
  }
};

struct History : Command {
  std::string k = *any_key();

  // Newest first, and after each version the value is as long as it says.
  void run(const Expected& before, World& world) const override {
    std::uint64_t last = UINT64_MAX;
    std::vector<Version> versions;
    const Status status = world.store().history(k, 20, [&](const Version& version) {
      versions.push_back(version);
      return true;
    });
    RC_ASSERT(status.has_value());
    if (!versions.empty() && versions.back().kind == Version::Kind::kCut) {
      RC_ASSERT(versions.back().seq == before.floor);
      versions.pop_back();
    }
    for (const Version& version : versions) {
      // The versions of one batch share a seq: the newest of them counts.
      if (version.seq == last) continue;
      RC_ASSERT(version.seq < last);
      last = version.seq;
      RC_ASSERT(version.size == before.values.at(k, version.seq).value_or("").size());
    }
  }
  void show(std::ostream& os) const override { os << "HISTORY " << rc::toString(k); }
};

struct Changes : Command {
  std::uint64_t from = *rc::gen::inRange<std::uint64_t>(0, 60);
  std::uint64_t to = *rc::gen::inRange<std::uint64_t>(0, 20);

  using Sizes = std::pair<std::optional<std::size_t>, std::optional<std::size_t>>;

  static std::optional<std::size_t> size_at(const Expected& of, const std::string& k,
                                            std::uint64_t seq) {
    const auto value = of.values.at(k, seq);
    return value ? std::optional(value->size()) : std::nullopt;
  }
  static std::map<std::string, Sizes> expected_changes(const Expected& before, std::uint64_t a,
                                                       std::uint64_t b) {
    std::map<std::string, Sizes> changes;
    for (const std::string& k : before.values.keys()) {
      if (before.values.seq_at(k, b) <= a) continue;
      const Sizes sizes{size_at(before, k, a), size_at(before, k, b)};
      if (sizes.first || sizes.second) changes[k] = sizes;
    }
    return changes;
  }
  void run(const Expected& before, World& world) const override {
    const std::uint64_t b = before.seq - std::min(before.seq, to);
    const std::uint64_t a = b - std::min(b, from);
    const auto now = world.store().snapshot();
    RC_ASSERT(now.has_value());
    auto diff = Diff::between(*now, {.seq = a, .time_us = {}}, {.seq = b, .time_us = {}}, "",
                              1 + (a + b) % 5);
    if (a < before.floor) {
      RC_ASSERT(!diff.has_value());
      return RC_ASSERT(diff.error().code == Code::kPurged);
    }
    RC_ASSERT(diff.has_value());
    std::map<std::string, Sizes> got;
    while (true) {
      const auto change = diff->next();
      RC_ASSERT(change.has_value());
      if (!*change) break;
      RC_ASSERT((got.empty() || (*change)->key > got.rbegin()->first));
      RC_ASSERT((*change)->seq == before.values.seq_at(std::string((*change)->key), b));
      RC_ASSERT(got.try_emplace(std::string((*change)->key), (*change)->size_before,
                                (*change)->size_after).second);
    }
    RC_ASSERT(got == expected_changes(before, a, b));
  }
  void show(std::ostream& os) const override {
    os << "DIFF of " << from << " versions up to " << to << " versions ago";
  }
};

struct List : Command {
  std::string prefix = *rc::gen::element(std::string(), std::string("a"), std::string("b"));

  void run(const Expected& before, World& world) const override {
    std::vector<std::string> expected = before.live_keys(), got;
    std::erase_if(expected, [this](const std::string& k) { return !k.starts_with(prefix); });
    const Status status =
        world.store().scan(prefix, std::nullopt, UINT64_MAX, [&](std::string_view k) {
          got.emplace_back(k);
          return true;
        });
    RC_ASSERT(status.has_value());
    RC_ASSERT(got == expected);
    const auto count = world.store().count();
    RC_ASSERT(count.has_value());
    RC_ASSERT(*count == before.live_keys().size());
  }
  void show(std::ostream& os) const override { os << "KEYS " << prefix << "*"; }
};

}  // namespace

rc::Gen<std::shared_ptr<const Command>> any_read(const Expected& expected) {
  return rc::state::gen::execOneOfWithArgs<Get, Read, Read, GetAt, History, Changes, List>()(expected);
}

}  // namespace kvstore::stateful
