// A closed store is closed: nothing is answered as if it were open, and its file is
// free for others.
#include <string>

#include <doctest/doctest.h>

#include "src/base/cancel.h"
#include "src/store/store.h"
#include "tests/support/sim_files.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::SimFiles;
using kvstore::testing::TempDir;

namespace {

template <class T>
Code code_of(const T& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().code;
}

void check_refuses_everything(Store& store) {
  std::string value;
  Batch batch;
  batch.set("a", "1");
  batch.set("b", "1");
  Batch removal;
  removal.remove("a");
  CHECK(code_of(store.set("a", "2")) == Code::kFailed);
  CHECK(code_of(store.append("a", "2")) == Code::kFailed);
  CHECK(code_of(store.remove("a")) == Code::kFailed);
  CHECK(code_of(store.apply(batch)) == Code::kFailed);
  CHECK(code_of(store.apply(removal)) == Code::kFailed);
  CHECK(code_of(store.commit()) == Code::kFailed);
  CHECK(code_of(store.sync()) == Code::kFailed);
  CHECK(code_of(store.get("a", &value)) == Code::kFailed);
  CHECK(code_of(store.read("a", 0, 1, &value)) == Code::kFailed);
  CHECK(code_of(store.stat("a")) == Code::kFailed);
  CHECK(code_of(store.history("a", 1, [](const Version&) { return true; })) == Code::kFailed);
  const auto visit = [](std::string_view) { return true; };
  CHECK(code_of(store.scan("", std::nullopt, 1, visit)) == Code::kFailed);
  CHECK(code_of(store.scan_step(0, 1, [](std::string_view) {})) == Code::kFailed);
  CHECK(code_of(store.count()) == Code::kFailed);
  const auto refused = store.stats().writes_refused;
  REQUIRE(refused);
  CHECK(refused->code == Code::kFailed);
}

}  // namespace

// So many that the close puts their index in order, a sort that reads would give up.
TEST_CASE("a close is never given up") {
  constexpr int kKeys = 20'000;
  SimFiles files;
  Options options;
  options.file_system = &files;
  options.sync = SyncPolicy::none();
  auto store = *Store::open("a.bin", options);
  for (int i = 0; i < kKeys; ++i) REQUIRE(store->set(std::to_string(i), "1"));
  {
    const CancelScope cancelled([] { return true; });
    CHECK(store->checkpoint());
    for (int i = kKeys; i < 2 * kKeys; ++i) REQUIRE(store->set(std::to_string(i), "1"));
    CHECK(store->close());
  }
  store = *Store::open("a.bin", options);
  CHECK(*store->count() == 2 * kKeys);
}

TEST_CASE("after close() every call answers FAILED, and the lock is free") {
  TempDir dir;
  const std::string path = dir / "a.bin";
  auto store = *Store::open(path);
  REQUIRE(store->set("a", "1"));
  CHECK(store->close());
  check_refuses_everything(*store);
  CHECK(store->open_report().how == OpenReport::How::kCreated);
  CHECK(store->path() == path);
  CHECK(store->close());

  auto second = Store::open(path);
  REQUIRE(second);
  CHECK((*second)->open_report().how == OpenReport::How::kClean);
  std::string value;
  CHECK(*(*second)->get("a", &value));
  CHECK(value == "1");
  check_refuses_everything(*store);
  CHECK((*second)->set("a", "3"));
}

TEST_CASE("a store that never had a file, and one that only reads, close as well") {
  TempDir dir;
  auto absent = *Store::open(dir / "none.bin");
  CHECK(absent->close());
  check_refuses_everything(*absent);
  { REQUIRE((*Store::open(dir / "a.bin"))->set("a", "1")); }
  Options read_only;
  read_only.read_only = true;
  auto reader = *Store::open(dir / "a.bin", read_only);
  CHECK(reader->close());
  check_refuses_everything(*reader);
}

TEST_CASE("a close whose sync fails says so each time, and lets go of the file") {
  SimFiles files;
  Options options;
  options.file_system = &files;
  options.sync = SyncPolicy::none();
  auto store = *Store::open("a.bin", options);
  REQUIRE(store->set("a", "1"));
  files.on_sync = [] { return Status(fail(Code::kIo, "the disk is gone")); };
  CHECK(code_of(store->close()) == Code::kIo);
  CHECK(code_of(store->close()) == Code::kIo);
  check_refuses_everything(*store);
  files.on_sync = {};
  CHECK(Store::open("a.bin", options));
}
