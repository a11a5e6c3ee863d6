#include "src/index/segment.h"

#include <algorithm>
#include <random>
#include <thread>

#include <doctest/doctest.h>

#include "tests/index/segment_support.h"

namespace kvstore::index::testing {
namespace {

// What a segment has to say of keys, and of others.
void check_lookups(const Segment& segment, const Entries& entries,
                   const std::vector<std::string>& absent) {
  for (const auto& [key, word] : entries) {
    std::uint64_t offset = 0;
    REQUIRE(find(segment, entries, key, &offset) == Segment::Probe::kFound);
    REQUIRE(offset == Entry(word).offset());
    Entry entry;
    REQUIRE(segment.find_key(key, &entry) == Segment::Probe::kFound);
    REQUIRE(entry.word() == word);
  }
  for (const std::string& key : absent) {
    if (entries.contains(key)) continue;
    std::uint64_t offset = 0;
    Entry entry;
    REQUIRE(find(segment, entries, key, &offset) == Segment::Probe::kAbsent);
    REQUIRE(segment.find_key(key, &entry) == Segment::Probe::kAbsent);
  }
}

// Whether the cursor stands where the iterator does.
void check_place(const Cursor& cursor, const Entries& entries, Entries::const_iterator there) {
  REQUIRE(!cursor.damaged());
  REQUIRE(cursor.valid() == (there != entries.end()));
  if (there == entries.end()) return;
  REQUIRE(cursor.key() == there->first);
  REQUIRE(cursor.entry().word() == there->second);
}

void check_walks(const Segment& segment, const Entries& entries) {
  const std::unique_ptr<Cursor> cursor = segment.cursor();
  CHECK(!cursor->valid());
  cursor->seek_first();
  for (auto there = entries.begin(); there != entries.end(); ++there, cursor->next()) {
    check_place(*cursor, entries, there);
  }
  CHECK(!cursor->valid());
  cursor->seek_last();
  for (auto there = entries.rbegin(); there != entries.rend(); ++there, cursor->prev()) {
    check_place(*cursor, entries, std::prev(there.base()));
  }
  CHECK(!cursor->valid());
  CHECK(!cursor->damaged());
}

void check_seeks(const Segment& segment, const Entries& entries,
                 const std::vector<std::string>& wanted, std::mt19937_64& random) {
  SegmentCursor cursor(segment);
  for (const std::string& key : wanted) {
    auto there = entries.lower_bound(key);
    cursor.seek(key);
    check_place(cursor, entries, there);
    for (unsigned steps = random() % 40; steps > 0 && there != entries.end(); --steps) {
      ++there;
      cursor.next();
    }
    check_place(cursor, entries, there);

    there = entries.lower_bound(key);
    there = there == entries.begin() ? entries.end() : std::prev(there);
    cursor.seek_before(key);
    check_place(cursor, entries, there);
    for (unsigned steps = random() % 40; steps > 0 && there != entries.end(); --steps) {
      there = there == entries.begin() ? entries.end() : std::prev(there);
      cursor.prev();
    }
    check_place(cursor, entries, there);
  }
}

// Keys of a kind, and others like them.
struct Kind {
  const char* name;
  std::string (*make)(std::mt19937_64&);
};

std::string random_bytes(std::mt19937_64& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

const Kind kKinds[] = {
    {"sixteen random bytes", [](std::mt19937_64& random) { return random_bytes(random, 16); }},
    {"short, of two letters",
     [](std::mt19937_64& random) {
       std::string key(random() % 12, '\0');
       for (char& byte : key) byte = random() % 2 == 0 ? '\0' : '\xFF';
       return key;
     }},
    {"numbers after one prefix",
     [](std::mt19937_64& random) { return "user:profile:" + std::to_string(random() % 20'000); }},
    {"of any length, with a long common beginning",
     [](std::mt19937_64& random) {
       return std::string(300, 'x') + random_bytes(random, random() % 600);
     }},
    {"that differ at the end",
     [](std::mt19937_64& random) {
       std::string key(1000, 'y');
       key[999] = static_cast<char>(random());
       key[998] = static_cast<char>(random());
       return key;
     }},
    {"up to the longest",
     [](std::mt19937_64& random) {
       return std::string(random() % 3 == 0 ? 65'535 - 8 : random() % 5'000,
                          static_cast<char>('a' + random() % 3)) +
              random_bytes(random, 8);
     }},
};

Entries entries_of(const Kind& kind, std::size_t count, std::mt19937_64& random) {
  Entries entries;
  std::uint64_t offset = 4096 + random() % 1000 * 8;
  for (std::size_t i = 0; i < count; ++i) {
    entries.emplace(kind.make(random), offset | random() % 4);
    offset += 8 + random() % 64 * 8;
  }
  return entries;
}

TEST_CASE("a segment answers as a map of its keys does") {
  std::mt19937_64 random(10);
  for (const Kind& kind : kKinds) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{16},
                                    std::size_t{17}, std::size_t{300}, std::size_t{3000}}) {
      if (count > 300 && &kind == std::end(kKinds) - 1) continue;  // of 65,535 bytes
      CAPTURE(kind.name);
      CAPTURE(count);
      const Entries entries = entries_of(kind, count, random);
      const Body body = Body::of(entries, 8 * (random() % 1'000'000));
      const std::unique_ptr<Segment> segment = body.open();
      REQUIRE(segment != nullptr);
      CHECK(segment->keys() == entries.size());
      CHECK(segment->size() == body.size);
      CHECK(segment->at() == body.at);

      std::vector<std::string> others{""};
      for (int i = 0; i < 200; ++i) others.push_back(kind.make(random));
      for (int i = 0; i < 20; ++i) others.push_back(random_bytes(random, random() % 30));
      check_lookups(*segment, entries, others);
      check_walks(*segment, entries);
      for (const auto& [key, word] : entries) others.push_back(key);
      std::shuffle(others.begin(), others.end(), random);
      if (others.size() > 1000) others.resize(1000);
      check_seeks(*segment, entries, others, random);
      const std::optional<SegmentFault> fault = segment->check_all();
      CAPTURE(fault ? fault->what : "");
      CHECK(!fault);
    }
  }
}

}  // namespace
}  // namespace kvstore::index::testing
