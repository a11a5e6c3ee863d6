// Reading a value some of whose records are lost, when more were lost together
// than the ordinals can count.
#include <string>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::SimFiles;

TEST_CASE("bytes of an older value never stand in for those of a lost run of records") {
  for (const int lost_appends : {1, 30, 31, 32, 33, 63, 64, 300}) {
    CAPTURE(lost_appends);
    SimFiles files;
    Options options;
    options.file_system = &files;
    std::uint64_t begin = 0, end = 0;
    {
      auto store = std::move(*Store::open("a.bin", options));
      WriteOptions lazy;
      lazy.wait = false;
      REQUIRE(store->set("k", std::string(1000, 'O'), lazy));
      begin = store->stats().file_size;
      REQUIRE(store->set("k", "N", lazy));
      for (int i = 0; i < lost_appends; ++i) REQUIRE(store->append("k", "N", lazy));
      end = store->stats().file_size;
      for (int i = 0; i < 40; ++i) REQUIRE(store->append("k", "N", lazy));
    }
    testing::Image image = files.memory("a.bin");
    for (std::uint64_t at = begin; at < end; ++at) image[at] = static_cast<char>(image[at] ^ 0x55);
    files.put("a.bin", image);
    auto store = std::move(*Store::open("a.bin", options));
    for (std::int64_t at = 0; at <= lost_appends; ++at) {
      std::string value;
      CHECK_FALSE(store->read("k", at, 1, &value));
    }
    std::string value;
    REQUIRE(store->read("k", lost_appends + 1, 100, &value));
    CHECK(value == std::string(40, 'N'));
  }
}
