// Readers beside a writer, in this process and in read-only stores.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/file/file_system.h"
#include "src/store/store.h"
#include "tests/support/open_store.h"
#include "tests/support/sim_files.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::SimFiles;
using kvstore::testing::TempDir;
using kvstore::testing::open_store;

namespace {

WriteOptions lazy() {
  WriteOptions options;
  options.wait = false;
  return options;
}

// Runs `step` again and again on a thread of its own, until destroyed.
template <class Step>
class Background {
 public:
  explicit Background(Step step)
      : thread_([this, step] {
          while (!stop_) step();
        }) {}
  ~Background() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

bool finds(Store& store, std::string_view key) {
  std::string value;
  const auto found = store.get(key, &value);
  return found && *found;
}

}  // namespace

TEST_CASE("a key that is written all the time is always found, whole, by gets and scans") {
  SimFiles files;
  Options options;
  options.file_system = &files;
  auto store = open_store("a.bin", options);
  for (int i = 0; i < 100; ++i) REQUIRE(store->set("k" + std::to_string(i), "v", lazy()));
  int failed_gets = 0, short_scans = 0, wrong_counts = 0;
  {
    Background writer([&store] {
      for (int i = 0; i < 100; ++i) (void)store->set("k7", "v", lazy());
    });
    for (int i = 0; i < 1'000'000; ++i) {
      std::string value;
      const auto found = store->get("k7", &value);
      failed_gets += !found || !*found || value != "v";
    }
    for (int i = 0; i < 1000; ++i) {
      int keys = 0;
      REQUIRE(store->scan("", std::nullopt, UINT64_MAX, [&](std::string_view) { return ++keys > 0; }));
      short_scans += keys != 100;
      wrong_counts += *store->count() != 100;
    }
  }
  CHECK(failed_gets == 0);
  CHECK(short_scans == 0);
  CHECK(wrong_counts == 0);
}

TEST_CASE("threads of a read-only store beside a writer find every key") {
  TempDir dir;
  const std::string path = dir / "a.bin";
  auto store = open_store(path, {});
  REQUIRE(store->set("k", "v"));
  Options read_only;
  read_only.read_only = true;
  auto reader = open_store(path, read_only);
  std::atomic<int> failed{0};
  {
    Background writer([&store] {
      for (int i = 0; i < 10; ++i) (void)store->set("k", "v", lazy());
    });
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 300; ++i) {
          std::string value;
          const auto found = reader->get("k", &value);
          failed += !found || !*found || value != "v";
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(failed == 0);
}

TEST_CASE("threads of a reader learn of damage while others read") {
  SimFiles files;
  Options options;
  options.file_system = &files;
  auto writer = open_store("a.bin", options);
  REQUIRE(writer->set("first", "v"));
  options.read_only = true;
  auto reader = open_store("a.bin", options);
  const auto file = *files.open("a.bin", file::Mode::kReadOnly);
  // Each round a record goes bad before the reader has seen it.
  for (int round = 0; round < 5; ++round) {
    const std::string lost = "lost" + std::to_string(round);
    const std::uint64_t begin = writer->stats().file_size;
    REQUIRE(writer->set(lost, "v"));
    file->data()[begin + 30] ^= 1;
    REQUIRE(writer->set("kept" + std::to_string(round), "v"));
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        std::string value;
        for (int i = 0; i < 20; ++i) {
          CHECK(reader->get(lost, &value).error().code == Code::kCorrupt);
          CHECK(*reader->get("first", &value));
          CHECK(reader->open_report().damage.size() > static_cast<std::size_t>(round));
          CHECK(reader->stats().writes_refused.value().code == Code::kDamaged);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

TEST_CASE("a reader lives on when writers close and cut the room they have not used") {
  TempDir dir;
  const std::string path = dir / "a.bin";
  {
    auto store = open_store(path, {});
    for (int i = 0; i < 4000; ++i) REQUIRE(store->set("k" + std::to_string(i), std::string(4000, 'v'), lazy()));
  }
  Options read_only;
  read_only.read_only = true;
  auto reader = open_store(path, read_only);
  std::atomic<int> failed{0};
  {
    Background reading([&] { failed += !finds(*reader, "k5"); });
    for (int i = 0; i < 100; ++i) REQUIRE(open_store(path, {})->set("k", "v"));
  }
  CHECK(failed == 0);
}

TEST_CASE("a reader whose file is replaced again and again follows, and lets go of the old ones") {
  TempDir dir;
  const std::string path = dir / "a.bin", next = dir / "next.bin";
  REQUIRE(open_store(path, {})->set("k", "0"));
  Options read_only;
  read_only.read_only = true;
  auto reader = open_store(path, read_only);
  std::atomic<int> failed{0};
  {
    Background reading([&] { failed += !finds(*reader, "k"); });
    // Each open file takes 16 TiB of the 128 there are of addresses.
    for (int i = 1; i <= 30; ++i) {
      REQUIRE(open_store(next, {})->set("k", std::to_string(i)));
      std::filesystem::rename(next, path);
      std::string value;
      REQUIRE(*reader->get("k", &value));
      CHECK(value == std::to_string(i));
    }
  }
  CHECK(failed == 0);
}
