// Stores that take the writer's lock late, or wait for it; and empty files.
#include <fstream>
#include <thread>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "src/store/waiter.h"
#include "tests/support/open_store.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::TempDir;
using kvstore::testing::get;
using kvstore::testing::open_store;

namespace {

Options at_first_write() {
  Options options;
  options.lock_at_first_write = true;
  return options;
}

Options read_only() {
  Options options;
  options.read_only = true;
  return options;
}

}  // namespace

TEST_CASE("who waits for a file's first write is told of it, and need not poll") {
  TempDir dir;
  auto store = open_store(dir / "a.bin");
  Waiter waiter(*store, {{"k"}, std::nullopt, false}, [] {});
  CHECK_FALSE(waiter.needs_polling());
  REQUIRE(store->set("k", "1"));
  CHECK(waiter.has_news());
}

TEST_CASE("who waits polls a file that others may write, one that others have made, too") {
  TempDir dir;
  auto reader = open_store(dir / "a.bin", at_first_write());
  auto store = open_store(dir / "a.bin");
  CHECK(Waiter(*reader, {{"k"}, std::nullopt, false}, [] {}).needs_polling());
  Waiter waiter(*store, {{"k"}, std::nullopt, false}, [] {});
  auto other = open_store(dir / "a.bin");
  REQUIRE(other->set("k", "1"));
  CHECK(get(*store, "k") == "1");
  CHECK(waiter.has_news());
  CHECK(waiter.needs_polling());
}

TEST_CASE("a store that locks at its first write reads beside a writer until then") {
  TempDir dir;
  auto writer = open_store(dir / "a.bin");
  REQUIRE(writer->set("k", "1"));
  auto store = open_store(dir / "a.bin", at_first_write());
  CHECK(get(*store, "k") == "1");
  REQUIRE(writer->set("k", "2"));
  CHECK(get(*store, "k") == "2");
  const auto refused = store->set("k", "3");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kLocked);
  CHECK(store->remove("k").error().code == Code::kLocked);
  CHECK(store->sync().error().code == Code::kLocked);
  CHECK(get(*store, "k") == "2");
  CHECK_FALSE(store->stats().read_only);
  CHECK_FALSE(store->stats().writes_refused);
  writer.reset();
  REQUIRE(store->set("k", "3"));
  CHECK(get(*store, "k") == "3");
  CHECK(Store::open(dir / "a.bin").error().code == Code::kLocked);
  REQUIRE(store->close());
}

TEST_CASE("a store that locks at its first write creates the file then, or finds another's") {
  TempDir dir;
  auto store = open_store(dir / "a.bin", at_first_write());
  CHECK(get(*store, "k") == "(nil)");
  CHECK_FALSE(store->remove("k")->existed);
  CHECK_FALSE(std::filesystem::exists(dir / "a.bin"));
  {
    auto other = open_store(dir / "a.bin");
    REQUIRE(other->set("k", "theirs"));
    CHECK(get(*store, "k") == "theirs");
  }
  CHECK(store->remove("k")->existed);
  CHECK(get(*store, "k") == "(nil)");
}

TEST_CASE("a store that locks at its first write recovers a file that a killed writer left") {
  TempDir dir;
  {
    auto writer = open_store(dir / "a.bin");
    REQUIRE(writer->set("k", "1"));
    std::filesystem::copy_file(dir / "a.bin", dir / "left.bin");
  }
  auto store = open_store(dir / "left.bin", at_first_write());
  CHECK(get(*store, "k") == "1");
  CHECK(store->open_report().how == OpenReport::How::kReadOnly);
  REQUIRE(store->append("k", "2"));
  CHECK(get(*store, "k") == "12");
  CHECK(store->open_report().how == OpenReport::How::kRecovered);
}

TEST_CASE("opening waits for the lock, says for whom, and gives up in time") {
  TempDir dir;
  auto writer = open_store(dir / "a.bin");
  REQUIRE(writer->set("k", "1"));
  int notices = 0;
  Options patient;
  patient.lock_wait_ms = 600;
  patient.on_lock_wait = [&](const Error& error) {
    ++notices;
    CHECK(error.code == Code::kLocked);
  };
  const auto in_vain = Store::open(dir / "a.bin", patient);
  REQUIRE_FALSE(in_vain);
  CHECK(in_vain.error().code == Code::kLocked);
  CHECK(in_vain.error().message.find("(waited 0.6 s)") != std::string::npos);
  CHECK(notices == 1);
  // The holder lets go while another waits.
  patient.lock_wait_ms = 60'000;
  patient.on_lock_wait = [&](const Error&) { writer.reset(); };
  CHECK(get(*open_store(dir / "a.bin", patient), "k") == "1");
}

TEST_CASE("an empty file opened for reading is an empty database, and fills with the next look") {
  TempDir dir;
  std::ofstream(dir / "a.bin").close();
  auto reader = open_store(dir / "a.bin", read_only());
  CHECK(get(*reader, "k") == "(nil)");
  CHECK(*reader->count() == 0);
  const auto refused = reader->set("k", "1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kReadOnly);
  CHECK(std::filesystem::file_size(dir / "a.bin") == 0);
  auto writer = open_store(dir / "a.bin");
  REQUIRE(writer->set("k", "1"));
  CHECK(get(*reader, "k") == "1");
  CHECK(Store::open(dir / "none.bin", read_only()).error().code == Code::kNotFound);
}

TEST_CASE("with manual_refresh a reader looks for more only when told") {
  TempDir dir;
  auto writer = open_store(dir / "a.bin");
  REQUIRE(writer->set("k", "1"));
  Options options = read_only();
  options.manual_refresh = true;
  auto reader = open_store(dir / "a.bin", options);
  REQUIRE(writer->set("k", "2"));
  CHECK(get(*reader, "k") == "2");  // the first look
  REQUIRE(writer->set("k", "3"));
  CHECK(get(*reader, "k") == "2");
  reader->refresh();
  CHECK(get(*reader, "k") == "3");
  std::filesystem::remove(dir / "a.bin");
  CHECK(get(*reader, "k") == "3");
  reader->refresh();
  CHECK(get(*reader, "k") == "error NOTFOUND");
  CHECK(get(*reader, "k") == "error NOTFOUND");
}
