// What a caller may ask for that the file cannot hold.
#include <string>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/support/sim_files.h"

using namespace kvstore;
using kvstore::testing::SimFiles;

TEST_CASE("an expiry later than the file can say is refused, by set and in a batch") {
  SimFiles files;
  Options options;
  options.file_system = &files;
  auto store = std::move(*Store::open("a.bin", options));
  WriteOptions write;
  write.expires_at_ms = (std::uint64_t{1} << 48) - 1;
  CHECK(store->set("k", "v", write));
  ++write.expires_at_ms;
  CHECK(store->set("k", "w", write).error().code == Code::kTooBig);
  write.expires_at_ms = UINT64_MAX;
  CHECK(store->set("k", "w", write).error().code == Code::kTooBig);
  Batch batch;
  batch.set("other", "v");
  batch.set("k", "w", UINT64_MAX);
  CHECK(store->apply(batch).error().code == Code::kTooBig);
  std::string value;
  CHECK(*store->get("k", &value));
  CHECK(value == "v");
  CHECK(*store->count() == 1);
}
