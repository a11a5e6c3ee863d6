#include "src/index/merging_cursor.h"

#include <map>
#include <random>
#include <string>

#include <doctest/doctest.h>

using namespace kvstore::index;

namespace {

using Part = std::map<std::string, std::uint64_t>;

class PartCursor final : public Cursor {
 public:
  explicit PartCursor(const Part& part) : part_(part), at_(part.end()) {}
  void seek(std::string_view key) override { go(part_.lower_bound(std::string(key))); }
  void seek_before(std::string_view key) override {
    const auto at = part_.lower_bound(std::string(key));
    go(at == part_.begin() ? part_.end() : std::prev(at));
  }
  void seek_first() override { go(part_.begin()); }
  void seek_last() override { go(part_.empty() ? part_.end() : std::prev(part_.end())); }
  void next() override { go(std::next(at_)); }
  void prev() override { go(at_ == part_.begin() ? part_.end() : std::prev(at_)); }
  bool damaged() const override { return at_ != part_.end() && at_->second == 0; }
  std::uint64_t damaged_at() const override { return 77; }

 private:
  void go(Part::const_iterator at) {
    at_ = at;
    // As a cursor over packed keys: what it said before is gone when it moves.
    key_.assign(key_.size(), '?');
    key_ = at == part_.end() ? "" : at->first;
    at_ == part_.end() || damaged() ? stand_nowhere() : stand_on({key_, Entry(at_->second)});
  }
  const Part& part_;
  Part::const_iterator at_;
  std::string key_;
};

// The parts must outlive it.
std::unique_ptr<Cursor> merge_of(const std::vector<Part>& newest_first) {
  std::vector<std::unique_ptr<Cursor>> cursors;
  for (const Part& part : newest_first) cursors.push_back(std::make_unique<PartCursor>(part));
  return merged(std::move(cursors));
}

std::string some_key(std::mt19937_64& random) {
  static const char* const kStems[] = {"", "12345678", "1234567890123456", "b"};
  std::string key = kStems[random() % 4];
  for (std::uint64_t more = random() % 3; more > 0; --more) key += "\0ab"[random() % 3];
  return key;
}

}  // namespace

TEST_CASE("the newest part's entry of a key stands for it, forward, back and in between") {
  std::mt19937_64 random(5);
  for (unsigned count = 0; count <= 9; ++count) {
    std::vector<Part> parts(count);
    Part model;
    std::uint64_t word = 0;
    for (unsigned i = count; i-- > 0;) {
      for (std::uint64_t keys = random() % 30; keys > 0; --keys) {
        const std::string key = some_key(random);
        model[key] = parts[i][key] = word += 8;
      }
    }
    const auto cursor = merge_of(parts);
    CHECK_FALSE(cursor->valid());
    for (int i = 0; i < 300; ++i) {
      const std::string key = some_key(random);
      auto at = model.lower_bound(key);
      const int how = i % 4;
      if (how == 0) cursor->seek(key);
      if (how == 1) cursor->seek_before(key);
      if (how == 2) cursor->seek_first();
      if (how == 3) cursor->seek_last();
      if (how == 1) at = at == model.begin() ? model.end() : std::prev(at);
      if (how == 2) at = model.begin();
      if (how == 3) at = model.empty() ? model.end() : std::prev(model.end());
      while (true) {
        REQUIRE(cursor->valid() == (at != model.end()));
        if (!cursor->valid() || random() % 40 == 0) break;
        REQUIRE(cursor->key() == at->first);
        REQUIRE(cursor->entry().word() == at->second);
        const bool forward = random() % 4 == 0 ? how % 2 == 1 : how % 2 == 0;
        forward ? cursor->next() : cursor->prev();
        at = forward ? std::next(at) : at == model.begin() ? model.end() : std::prev(at);
      }
    }
  }
}

TEST_CASE("a damaged part makes the walk damaged where it is met, and a seek elsewhere goes on") {
  const std::vector<Part> parts = {{{"a", 8}, {"c", 16}}, {{"b", 24}, {"d", 0}, {"e", 32}}};
  const auto cursor = merge_of(parts);
  cursor->seek_first();
  CHECK(cursor->key() == "a");
  cursor->next();
  CHECK(cursor->key() == "b");
  CHECK_FALSE(cursor->damaged());
  cursor->next();  // what comes after b in its part cannot be said
  CHECK_FALSE(cursor->valid());
  CHECK(cursor->damaged());
  CHECK(cursor->damaged_at() == 77);
  cursor->seek("e");
  CHECK(cursor->key() == "e");
  CHECK_FALSE(cursor->damaged());
}
