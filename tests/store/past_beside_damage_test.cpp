// What was before now, beside damage. Whatever is asked of a damaged file, reads as of a version,
// lists of one, histories, differences, all that was written, changes that are followed, it answers
// what the whole file does, or CORRUPT: after a part of that, where a part was sent before.
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "src/log/scanner.h"
#include "src/store/at_check.h"
#include "src/store/change_feed.h"
#include "src/store/diff.h"
#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "tests/support/open_store.h"

using namespace kvstore;
using kvstore::testing::at_seq;
using kvstore::testing::get;
using kvstore::testing::name_of;
using kvstore::testing::open_store;
using kvstore::testing::SimFiles;

namespace {

constexpr std::uint64_t kVersions = 13;
constexpr const char* kKeys[] = {"gone", "k", "m", "u", "y", "never"};

using Answers = std::map<std::string, std::string>;

std::string keys_at(Store& store, std::uint64_t seq) {
  auto walk = store.iterator({.at = at_seq(seq)});
  if (!walk) return name_of(walk.error());
  std::string all;
  for ((*walk)->first(); (*walk)->valid(); (*walk)->next()) {
    all += std::string((*walk)->key()) + " ";
  }
  return (*walk)->status() ? all : all + name_of((*walk)->status().error());
}

std::string history(Store& store, const std::string& key) {
  std::string all;
  const Status told = store.history(key, 100, [&](const Version& version) {
    all += fmt::format("{}:{} ", static_cast<int>(version.kind), version.seq);
    return true;
  });
  return told ? all : all + name_of(told.error());
}

std::string changes(Store& store, const At& from, const At& to) {
  auto diff = Diff::between(*store.snapshot(), from, to, "");
  if (!diff) return name_of(diff.error());
  const auto text = [](const auto& size) { return size ? std::to_string(*size) : "-"; };
  std::string all;
  while (true) {
    const auto change = diff->next();
    if (!change) return all + name_of(change.error());
    if (!*change) return all;
    all += fmt::format("{}:{}:{}>{} ", (*change)->key, (*change)->seq, text((*change)->size_before),
                       text((*change)->size_after));
  }
}

std::string writes(Store& store) {
  std::string all;
  const Status told = store.snapshot()->writes([&](const LoggedWrite& write) {
    all += fmt::format("{}:{}={} ", write.seq, write.key, write.value);
    return true;
  });
  return told ? all : all + name_of(told.error());
}

std::string followed(Store& store) {
  auto feed = ChangeFeed::open(store, "", 1);
  if (!feed) return name_of(feed.error());
  std::string all;
  while (true) {
    const auto step = feed->next([&](const KeyWrite& write) {
      all += fmt::format("{}:{}={} ", write.seq, write.key, write.value);
      return Status();
    });
    if (!step) return all + name_of(step.error());
    if (*step == ChangeFeed::Step::kNothing) return all;
  }
}

Answers answers_of(Store& store) {
  Answers answers;
  for (std::uint64_t seq = 1; seq <= kVersions; ++seq) {
    for (const char* const key : kKeys) {
      answers[fmt::format("GET {} AT {}", key, seq)] = get(store, key, at_seq(seq));
    }
    answers[fmt::format("KEYS AT {}", seq)] = keys_at(store, seq);
    answers[fmt::format("DIFF {}", seq)] = changes(store, at_seq(seq), {});
    for (std::uint64_t to = seq; to <= kVersions; ++to) {
      answers[fmt::format("DIFF {} {}", seq, to)] = changes(store, at_seq(seq), at_seq(to));
    }
  }
  for (const char* const key : kKeys) answers[fmt::format("HISTORY {}", key)] = history(store, key);
  answers["writes"] = writes(store);
  answers["followed"] = followed(store);
  return answers;
}

bool is_answer(const std::string& answer, const std::string& truth) {
  if (answer == truth) return true;
  constexpr std::string_view kCorrupt = "error CORRUPT";
  if (!answer.ends_with(kCorrupt)) return false;
  return truth.starts_with(answer.substr(0, answer.size() - kCorrupt.size()));
}

// Versions before, between and behind two CLEARs; `seal` writes an index of what is there.
testing::Image written(bool seal) {
  SimFiles files;
  auto store = open_store(files);
  const auto set = [&](std::string_view key, std::string_view value) {
    REQUIRE(store->set(key, value));
  };
  const auto checkpoint = [&] {
    if (seal) REQUIRE(store->checkpoint());
  };
  set("k", "old");
  set("gone", "1");
  set("m", "2");
  set("k", "new");
  REQUIRE(store->clear());
  checkpoint();
  set("y", "1");
  set("k", "third");
  REQUIRE(store->append("y", "23"));
  checkpoint();
  REQUIRE(store->remove("y"));
  REQUIRE(store->clear());
  set("u", "1");
  set("k", "last");
  REQUIRE(store->append("u", "2"));
  REQUIRE(store->stats().last_seq == kVersions);
  REQUIRE(store->close());
  return files.memory("a.bin");
}

std::vector<std::uint64_t> records_of(const testing::Image& image) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(image.data());
  const auto page = log::read_header_page(data, image.size(), "a.bin");
  REQUIRE(page.has_value());
  const log::Binding binding(page->header.file_id);
  log::Scanner scanner({data, image.size(), &binding});
  std::vector<std::uint64_t> offsets;
  while (scanner.next() == log::Scanner::Step::kRecord) offsets.push_back(scanner.record().offset);
  return offsets;
}

void spoil_head(testing::Image* image, std::uint64_t offset) {
  (*image)[offset + 8] = static_cast<char>((*image)[offset + 8] ^ 0x10);
}

void judge(const testing::Image& image, const Answers& truth, const std::string& what) {
  SimFiles files;
  files.put("a.bin", image);
  auto store = open_store(files, {.read_only = true});
  for (const auto& [question, answer] : answers_of(*store)) {
    const std::string& right = truth.at(question);
    CHECK_MESSAGE(is_answer(answer, right),
                  (what + ": " + question + " answers '" + answer + "', not '" + right + "'"));
  }
}

Answers truth_of(const testing::Image& image) {
  SimFiles files;
  files.put("a.bin", image);
  auto store = open_store(files, {.read_only = true});
  return answers_of(*store);
}

}  // namespace

TEST_CASE("a lost record, or several, are never passed over by who asks for what was") {
  for (const bool seal : {false, true}) {
    const testing::Image image = written(seal);
    const Answers truth = truth_of(image);
    CHECK(truth.at("HISTORY k").find("error") == std::string::npos);
    CHECK(truth.at("followed").find("error") == std::string::npos);
    const std::vector<std::uint64_t> records = records_of(image);
    for (std::size_t first = 0; first < records.size(); ++first) {
      testing::Image damaged = image;
      for (std::size_t count = 1; count <= 3 && first + count <= records.size(); ++count) {
        spoil_head(&damaged, records[first + count - 1]);
        judge(damaged, truth,
              fmt::format("{} from record {} on{}", count, first, seal ? ", sealed" : ""));
      }
    }
  }
}

TEST_CASE("two records that are lost apart are not, either") {
  const testing::Image image = written(false);
  const Answers truth = truth_of(image);
  const std::vector<std::uint64_t> records = records_of(image);
  for (std::size_t one = 0; one < records.size(); ++one) {
    for (std::size_t other = one + 2; other < records.size(); ++other) {
      testing::Image damaged = image;
      spoil_head(&damaged, records[one]);
      spoil_head(&damaged, records[other]);
      judge(damaged, truth, fmt::format("records {} and {}", one, other));
    }
  }
}

TEST_CASE("a closed file that was cut short is never taken for a whole one") {
  for (const bool seal : {false, true}) {
    const testing::Image image = written(seal);
    const Answers truth = truth_of(image);
    for (const std::uint64_t offset : records_of(image)) {
      judge(image.substr(0, offset), truth, fmt::format("cut at {}", offset));
      judge(image.substr(0, offset + 16), truth, fmt::format("cut at {}", offset + 16));
    }
  }
}

TEST_CASE("a version whose record was lost is never answered as one that is yet to come") {
  const testing::Image image = written(false);
  for (const std::uint64_t offset : records_of(image)) {
    testing::Image spoiled = image;
    spoil_head(&spoiled, offset);
    for (const testing::Image& damaged : {spoiled, image.substr(0, offset)}) {
      SimFiles files;
      files.put("a.bin", damaged);
      auto store = open_store(files, {.read_only = true});
      for (std::uint64_t seq = 1; seq <= kVersions; ++seq) {
        const Status known = check_version(*store, seq, "");
        CHECK((known || known.error().code == Code::kCorrupt));
      }
    }
  }
}

TEST_CASE("a version of a whole file that is yet to come is answered so") {
  SimFiles files;
  files.put("a.bin", written(false));
  const auto store = open_store(files, {.read_only = true});
  CHECK(check_version(*store, kVersions, ""));
  CHECK(name_of(check_version(*store, kVersions + 1, "HISTORY").error()) == "error NUMBER");
}

TEST_CASE("an append goes on from no older value of a key whose newest record cannot be read") {
  for (const bool removed : {false, true}) {
    SimFiles files;
    auto store = open_store(files);
    REQUIRE(store->set("key", "old"));
    REQUIRE(store->set("other", "1"));
    REQUIRE(store->checkpoint());
    const std::uint64_t newest = store->stats().file_size;
    if (removed)
      REQUIRE(store->remove("key"));
    else
      REQUIRE(store->set("key", "new"));
    files.flip("a.bin", newest + 8);
    CHECK(get(*store, "key") == "error CORRUPT");
    const auto appended = store->append("key", "+");
    REQUIRE_FALSE(appended);
    CHECK(name_of(appended.error()) == "error CORRUPT");
    const auto expiring = store->expire("key", store->now_us() / 1000 + 100'000);
    REQUIRE_FALSE(expiring);
    CHECK(name_of(expiring.error()) == "error CORRUPT");
    CHECK(get(*store, "key") == "error CORRUPT");
    // Set anew it is whole; what it was is not what it was before.
    REQUIRE(store->set("key", "anew"));
    CHECK(get(*store, "key") == "anew");
    CHECK(get(*store, "key", at_seq(3)) == "error CORRUPT");
    REQUIRE(store->append("key", "+"));
    CHECK(get(*store, "key") == "anew+");
  }
}
