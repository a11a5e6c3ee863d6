// Who makes the file, when several try at once, and through a link.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::TempDir;

TEST_CASE("of many that open the same new or empty file, one writes it and loses nothing") {
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    TempDir dir;
    const std::string path = dir / "a.bin";
    if (round % 2) std::ofstream(path).flush();
    std::atomic<int> ready{0}, done{0};
    std::vector<std::string> acknowledged(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < acknowledged.size(); ++t) {
      threads.emplace_back([&, t] {
        ++ready;
        while (ready < 4) std::this_thread::yield();
        {
          const std::string key = "k" + std::to_string(t);
          auto store = Store::open(path);
          if (store && (*store)->set(key, "v")) acknowledged[t] = key;
          ++done;
          while (done < 4) std::this_thread::yield();  // still open when the others try
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    auto store = Store::open(path);
    REQUIRE(store);
    int writers = 0;
    for (const std::string& key : acknowledged) {
      if (key.empty()) continue;
      ++writers;
      std::string value;
      CHECK(*(*store)->get(key, &value));
    }
    CHECK(writers <= 1);  // none, if each met the lock of another that only looked
  }
}

TEST_CASE("a link to a file that is not there yet is followed, and stays a link") {
  TempDir dir;
  std::filesystem::create_directory(dir / "there");
  std::filesystem::create_symlink("there/real.bin", dir / "a.bin");
  auto store = Store::open(dir / "a.bin");
  REQUIRE(store);
  REQUIRE((*store)->set("k", "v"));
  CHECK(std::filesystem::is_symlink(dir / "a.bin"));
  CHECK(std::filesystem::is_regular_file(dir / "there/real.bin"));
}
