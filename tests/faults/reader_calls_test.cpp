// A reader beside a writer, with each of the reader's system calls failing: it
// answers what is there, or an error, and never what was there before.

#include <cerrno>
#include <memory>

#include <doctest/doctest.h>

#include "src/store/store.h"
#include "tests/faults/system_calls.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using test::fail_each_call;
using test::Fault;
using kvstore::testing::QuickDir;

namespace {

constexpr int kTurns = 4;

Options reading() {
  Options options;
  options.read_only = true;
  return options;
}

// What is wrong with the answer, if it is no error.
std::string falsehood(Store& reader, const std::string& expected) {
  std::string value;
  const auto found = reader.get("key", &value);
  if (!found || (*found && value == expected)) return {};
  return "it answered " + (*found ? value : "(nil)") + " for " + expected;
}

// The writer writes, the reader reads, in turn; half way the file is replaced by
// another one. Returns what was wrong.
std::string follow(const Fault& fault) {
  QuickDir directory;
  const std::string path = directory / "data.bin", other = directory / "other.bin";
  std::string wrong;
  std::unique_ptr<Store> reader;
  test::arm(fault);
  const auto read = [&](const std::string& expected) {
    if (!reader) {
      auto opened = Store::open(path, reading());
      if (opened) reader = std::move(*opened);
    }
    if (reader && wrong.empty()) wrong = falsehood(*reader, expected);
  };
  for (const std::string& name : {path, other}) {
    std::unique_ptr<Store> writer;
    for (int turn = 0; turn < kTurns; ++turn) {
      const std::string value = name.substr(name.size() - 9) + std::to_string(turn);
      {
        const test::Exempt own_account;
        if (turn == 0) writer = std::move(*Store::open(name));
        REQUIRE(writer->set("key", value));
        REQUIRE(writer->set("large", std::string(100'000, 'x')));
        if (turn == 0 && name == other) {
          REQUIRE(writer->close());
          writer.reset();  // who writes a file that is moved is refused
          REQUIRE(::rename(other.c_str(), path.c_str()) == 0);
          writer = std::move(*Store::open(path));
        }
      }
      read(value);
    }
    const test::Exempt own_account;
    REQUIRE(writer->close());
    writer.reset();
  }
  test::disarm();
  read("other.bin3");  // all is well again, and so is the reader
  std::string value;
  REQUIRE(reader);
  if (!reader->get("key", &value).value_or(false)) wrong = "it cannot read any more";
  return wrong;
}

}  // namespace

TEST_CASE("any system call of a reader beside a writer may fail") {
  for (const int error : {EIO, ENOMEM, EINTR, 0}) {
    for (const bool for_ever : {false, true}) {
      CAPTURE(error);
      CAPTURE(for_ever);
      const auto seen = fail_each_call({0, for_ever, error}, [&](const Fault& fault) {
        CAPTURE(fault.call);
        const std::string wrong = follow(fault);
        INFO("failed: ", test::failed_call());
        CHECK(wrong == "");
      });
      CHECK(seen > 15);
      MESSAGE(seen << " calls failed");
    }
  }
}

TEST_CASE("the judge of the reader finds an old value and a missing one") {
  QuickDir directory;
  auto store = Store::open(directory / "data.bin");
  REQUIRE(store);
  CHECK(falsehood(**store, "new") == "it answered (nil) for new");
  REQUIRE((*store)->set("key", "old"));
  CHECK(falsehood(**store, "new") == "it answered old for new");
  CHECK(falsehood(**store, "old") == "");
}
