// Compactions on a real file, beside writes that are waited for: none of them fails for it.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;

TEST_CASE("a write that is waited for while its file is swapped is acknowledged") {
  const testing::TempDir directory;
  const std::string path = directory.path() + "/d.kvs";
  const auto store = Store::open(path);
  REQUIRE(store);
  REQUIRE((*store)->set("first", "x"));  // makes the file
  constexpr int kWriters = 3;
  std::atomic<bool> stop{false};
  std::vector<std::string> refused(kWriters);
  std::vector<std::uint64_t> acknowledged(kWriters);
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] {
      const std::string key = "log:" + std::to_string(i);
      while (!stop && refused[i].empty()) {
        const auto written = (*store)->append(key, "x");
        if (written) {
          ++acknowledged[i];
        } else {
          refused[i] = written.error().message;
        }
      }
    });
  }
  for (int i = 0; i < 150; ++i) {
    const Status compacted = (*store)->compact({.keep = KeepHistory::none()});
    CHECK_MESSAGE(compacted, compacted.error().message);
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  for (int i = 0; i < kWriters; ++i) {
    CHECK(refused[i] == "");
    const auto info = (*store)->stat("log:" + std::to_string(i));
    REQUIRE(info);
    CHECK((info->has_value() ? (*info)->size : 0) == acknowledged[i]);
  }
}
