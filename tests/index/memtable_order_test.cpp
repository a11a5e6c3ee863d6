#include "src/index/memtable_order.h"

#include <atomic>
#include <map>
#include <random>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/index/log_in_memory.h"

using namespace kvstore::index;
using namespace kvstore::index::testing;
using kvstore::ReclamationEpochs;
using kvstore::log::Kind;

namespace {

using Model = std::map<std::string, std::uint64_t>;

// Keys that share much, end early, and hold zeros.
std::string odd_key(std::mt19937_64& random) {
  static const std::string kStems[] = {"", "a", std::string("a\0", 2), "user:", "user:12345678:",
                                       std::string(300, 'x')};
  std::string key = kStems[random() % 6];
  for (std::uint64_t more = random() % 12; more > 0; --more) {
    key += "\0\x01" "ab\xff"[random() % 5];
  }
  return key;
}

void check_walks(const Model& model, Cursor& cursor, std::mt19937_64& random) {
  cursor.seek_first();
  REQUIRE(rest_of(cursor) == std::vector<std::pair<std::string, std::uint64_t>>(model.begin(),
                                                                               model.end()));
  cursor.seek_last();
  REQUIRE(rest_of(cursor, true) == std::vector<std::pair<std::string, std::uint64_t>>(
                                       model.rbegin(), model.rend()));
  for (int i = 0; i < 200; ++i) {
    const std::string key = odd_key(random);
    auto at = model.lower_bound(key);
    if (i % 2 == 0) {
      cursor.seek(key);
    } else {
      cursor.seek_before(key);
      at = at == model.begin() ? model.end() : std::prev(at);
    }
    // Then some steps, there and back.
    for (int step = 0; step < 12; ++step) {
      REQUIRE(cursor.valid() == (at != model.end()));
      if (!cursor.valid()) break;
      REQUIRE(cursor.key() == at->first);
      REQUIRE(cursor.entry().word() == at->second);
      REQUIRE((!cursor.record() || cursor.record()->key() == at->first));
      if (random() % 2 == 0) {
        cursor.next();
        ++at;
      } else {
        cursor.prev();
        at = at == model.begin() ? model.end() : std::prev(at);
      }
    }
  }
}

}  // namespace

TEST_CASE("a walk shows each key once, in order, with its newest entry, whenever it begins") {
  for (const std::size_t loaded : {0, 1, 700}) {
    std::mt19937_64 random(loaded + 1);
    Written written(std::size_t{32} << 20);
    Model model;
    for (std::size_t i = 0; i < loaded; ++i) {
      const std::string key = odd_key(random);
      model[key] = written.put(key, Kind::kSet, true).word();
    }
    check_walks(model, *written.cursor(), random);
    // A few writes between two walks, and many.
    for (const int writes : {1, 2, 511, 513, 3, 5000, 1, 100, 20'000, 600, 600, 600, 600}) {
      for (int i = 0; i < writes; ++i) {
        const std::string key = odd_key(random);
        const Kind kind = random() % 5 == 0 ? Kind::kDelete : Kind::kSet;
        model[key] = written.put(key, kind).word();
      }
      check_walks(model, *written.cursor(), random);
    }
  }
}

TEST_CASE("a cursor keeps what it shows while more is written") {
  Written written;
  Model model;
  for (const char* const key : {"b", "a", "c"}) model[key] = written.put(key).word();
  const auto cursor = written.cursor();
  for (int i = 0; i < 2000; ++i) written.put("k" + std::to_string(i % 700));
  written.put("b");
  const auto later = written.cursor();
  std::mt19937_64 random(1);
  check_walks(model, *cursor, random);
  later->seek("b");
  CHECK(later->entry().word() != model["b"]);
}

TEST_CASE("what is sorted ahead is what a walk then finds") {
  Written written(std::size_t{8} << 20);
  Model model;
  std::mt19937_64 random(3);
  for (int i = 0; i < 10'000; ++i) {
    const std::string key = std::to_string(random() % 6000);
    model[key] = written.put(key).word();
    if (i % 1000 == 0) {
      const auto view = [&] { return written.log.view(); };
      while (written.memtable.order().sort_some(view, 128)) {
      }
    }
  }
  CHECK(written.memtable.order().bytes() > 0);
  check_walks(model, *written.cursor(), random);
}

TEST_CASE("an entry says whether its key is deleted, also where it comes from a slot") {
  Written written;
  written.put("kept", Kind::kSet, true);
  written.put("loaded", Kind::kDelete, true);
  written.put("new", Kind::kDelete);
  const auto cursor = written.cursor();
  std::string deleted;
  for (cursor->seek_first(); cursor->valid(); cursor->next()) {
    if (cursor->entry().is_delete()) deleted += std::string(cursor->key()) + " ";
  }
  CHECK(deleted == "loaded new ");
}

TEST_CASE("a record that cannot be sorted damages every walk") {
  Written written;
  written.put("a");
  const Entry bad = written.put("b");
  written.put("c");
  written.log.damage(bad);
  const auto cursor = written.cursor();
  cursor->seek_first();
  CHECK_FALSE(cursor->valid());
  CHECK(cursor->damaged());
  CHECK(cursor->damaged_at() == bad.offset());
}

TEST_CASE("a record that is damaged after it was sorted ends the walk there, and says so") {
  for (const bool merges : {false, true}) {
    Written written;
    for (const char* const key : {"a", "b", "c"}) written.put(key, Kind::kSet, true);
    const Entry bad = written.put("d", Kind::kSet, true);
    written.put("e", Kind::kSet, true);
    if (merges) {
      (void)written.cursor();
      written.put("f");
    }
    const auto cursor = written.cursor();
    written.log.damage(bad);
    cursor->seek("a");
    CHECK(rest_of(*cursor).size() == 3);
    CHECK(cursor->damaged());
    CHECK(cursor->damaged_at() == bad.offset());
    cursor->seek_last();
    CHECK(cursor->valid());
    CHECK_FALSE(cursor->damaged());
    CHECK(rest_of(*cursor, true).size() == (merges ? 2 : 1));
    CHECK(cursor->damaged());
  }
}

TEST_CASE("readers walk in order beside a writer, and see what was written before they began") {
  Written written(std::size_t{64} << 20);
  std::atomic<std::uint64_t> visible{0};
  std::atomic<int> wrong{0};
  const auto key_of = [](std::uint64_t number) {
    std::string key = std::to_string(number);
    return std::string(8 - key.size(), '0') + key;
  };
  std::vector<std::thread> readers;
  std::atomic<bool> stop{false};
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      while (!stop) {
        const ReclamationEpochs::Guard guard(written.epochs);
        const std::uint64_t there = visible.load();
        const auto cursor = written.cursor();
        cursor->seek(key_of(there / 2));
        std::uint64_t number = there / 2;
        for (int i = 0; i < 50 && number < there; ++i, ++number, cursor->next()) {
          if (!cursor->valid() || cursor->key() != key_of(number)) {
            ++wrong;
            break;
          }
        }
      }
    });
  }
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    const std::string key = key_of(i);
    const std::uint64_t hash = kvstore::hash_key(key, 7);
    written.memtable.reserve(hash);
    const Entry entry = written.log.append(key);
    written.memtable.publish(hash, 0, entry);
    visible = i + 1;
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
}

TEST_CASE("the first walk beside a writer takes the newest entry of keys that are overwritten") {
  for (int round = 0; round < 300; ++round) {
    Written written;
    for (int key = 0; key < 10; ++key) written.put(std::to_string(key));
    std::atomic<bool> begun{false};
    std::thread reader([&] {
      while (!begun) {
      }
      const ReclamationEpochs::Guard guard(written.epochs);
      (void)written.cursor();  // sorts the slots for the first time
    });
    Model model;
    for (int i = 0; i < 200; ++i) {
      const std::string key = std::to_string(i % 10);
      model[key] = written.put(key).word();
      if (i == 100 + round % 50) begun = true;
    }
    reader.join();
    const auto cursor = written.cursor();
    cursor->seek_first();
    REQUIRE(rest_of(*cursor) == std::vector<std::pair<std::string, std::uint64_t>>(model.begin(),
                                                                                 model.end()));
  }
}
