// A place of the log where an EXTENT or a CHECKPOINT stood, and cannot be read: no key is lost
// there, and each reader of the log has to say so, or an old value is answered.
#include <doctest/doctest.h>

#include "src/maint/reindex.h"
#include "tests/maint/index_support.h"

namespace kvstore::maint::testing {
namespace {

constexpr const char* kPath = "built";

// The record behind an index is of a key that has an older value.
struct Sealed {
  Builder b;
  std::vector<std::uint64_t> heads;  // of EXTENTs, and of the CHECKPOINT
  std::string image;
  std::uint64_t floor = 0;

  explicit Sealed(bool has_base = false) : b(page(has_base)) {
    if (has_base) {
      b.base("k1", {"from the base"}, 1);
      b.base("k2", {"from the base"}, 2);
      b.end_base();
      floor = 2;
    }
    for (const char* key : {"k1", "k2", "k3"}) b.set(key, std::string("first of ") + key);
    SealedIndex how;
    how.bytes = [this](const log::Checkpoint& checkpoint, std::uint8_t*) {
      for (const auto& run : checkpoint.runs) {
        for (const auto& segment : run.segments) heads.push_back(segment.extent);
      }
      heads.push_back(b.log().checkpoint());
    };
    seal_index(b, how);
    for (const char* key : {"k3", "k1", "k2", "k3"}) b.append(key, ", more");
    b.remove("k2");
    image = b.close();
  }
  static std::string page(bool has_base) {
    return has_base ? base_page(2) : log::Log::new_file(log::Id{1, 2, 3}, log::Id{});
  }

  template <class Check>
  void with_each_byte_damaged(const Check& check) const {
    for (const std::uint64_t head : heads) {
      for (std::uint64_t at = head; at < head + log::kRecordHeaderSize; ++at) {
        CAPTURE(at);
        check(flip(image, at, at % 8));
      }
    }
    std::string all = image;
    for (const std::uint64_t head : heads) all = flip(all, head + 12);
    check(all);
  }

  // Now, and at each version above the floor.
  void check_values(const std::string& bytes, const std::string& added = "") const {
    Opened opened = open(bytes);
    for (const char* key : {"k1", "k2", "k3"}) {
      CHECK(get(*opened.store, key) == truth(b.now(), key, added));
      for (const auto& [seq, state] : b.states()) {
        if (seq < floor || seq == 0) continue;
        CHECK(get(*opened.store, key, {.seq = seq, .time_us = {}}) == truth(state, key, ""));
      }
    }
  }
  static std::string truth(const State& state, const char* key, const std::string& added) {
    const auto found = state.find(key);
    const std::string value = found == state.end() ? "" : found->second;
    return found == state.end() && added.empty() ? "(nil)" : value + added;
  }
};

void check_index(const std::string& image) {
  const Report report = audit_of(image);
  CHECK(report.index.fault_count == 0);
  CHECK(report.lost_records == 0);
}

TEST_CASE("an index that is made beside a damaged one has every key's newest record") {
  for (const bool has_base : {false, true}) {
    const Sealed sealed(has_base);
    sealed.with_each_byte_damaged([&](const std::string& image) {
      sealed.check_values(image);
      SimFiles files;
      files.put(kPath, image);
      auto source = open_source(files, kPath, file::Mode::kReadWrite);
      REQUIRE(source.has_value());
      REQUIRE(reindex(&*source, {}));
      check_index(files.memory(kPath));
      sealed.check_values(files.memory(kPath));
    });
  }
}

TEST_CASE("what is written on behind a damaged index is indexed, and the audit says so") {
  for (const bool has_base : {false, true}) {
    const Sealed sealed(has_base);
    sealed.with_each_byte_damaged([&](const std::string& image) {
      SimFiles files;
      files.put(kPath, image);
      kvstore::Options options;
      options.file_system = &files;
      for (int opening = 0; opening < 2; ++opening) {
        auto store = *Store::open(kPath, options);
        for (const char* key : {"k1", "k2", "k3"}) REQUIRE(store->append(key, "+"));
        if (opening == 1) REQUIRE(store->checkpoint());
        REQUIRE(store->close());
        sealed.check_values(files.memory(kPath), opening == 0 ? "+" : "++");
      }
      for (const IndexFault& fault : audit_of(files.memory(kPath)).index.faults) {
        CHECK(fault.what.find("newest") == std::string::npos);
      }
    });
  }
}

TEST_CASE("a salvage finds each record behind a damaged index") {
  const Sealed sealed;
  sealed.with_each_byte_damaged([&](const std::string& image) {
    CHECK(check_truth(sealed.b, rebuilt(image, Way::kCarved)).empty());
  });
}

}  // namespace
}  // namespace kvstore::maint::testing
