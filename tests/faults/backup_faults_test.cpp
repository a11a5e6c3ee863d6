// KVSTORE_LONG=1 test_faults    other errors, and each allocation
//
// Whatever system call or allocation of a backup, an increment or a restore fails, once or from
// then on: it is done and whole, or there is nothing of its name; the store is as it was, and once
// the failure has ended all succeed.
#include "src/store/backup.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <new>
#include <string>

#include <doctest/doctest.h>

#include "src/store/iterator.h"
#include "tests/faults/allocations.h"
#include "tests/faults/system_calls.h"
#include "tests/faults/workload.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using kvstore::testing::QuickDir;
using test::Exempt;
using test::fail_each_allocation;
using test::fail_each_call;
using test::Fault;
using test::Shortage;

namespace {

const bool g_backup_long = std::getenv("KVSTORE_LONG") != nullptr;
using Content = std::map<std::string, std::string>;

Content content_of(const std::string& path) {
  Options options;
  options.read_only = true;
  const auto store = Store::open(path, options);
  if (!store) return {{"error", store.error().message}};
  const auto walk = (*store)->iterator({});
  Content content;
  for ((*walk)->first(); (*walk)->valid(); (*walk)->next()) {
    content[std::string((*walk)->key())] = std::string((*walk)->value().value());
  }
  return content;
}

// A database, a backup and an increment of it.
struct Made {
  Made() {
    const auto store = Store::open(path());
    REQUIRE(store);
    write(**store, 60);
    REQUIRE((*store)->checkpoint());
    write(**store, 20);
    REQUIRE((*store)->backup(directory / "full", {}));
    write(**store, 20);
    BackupOptions since;
    since.since_file = directory / "full";
    REQUIRE((*store)->backup(directory / "increment", since));
    REQUIRE((*store)->close());
    content = content_of(path());
  }
  static void write(Store& store, int count) {
    for (int i = 0; i < count; ++i) {
      REQUIRE(
          store.append("key" + std::to_string(i % 13), std::string(i % 7 == 0 ? 3000 : 30, 'x')));
    }
  }
  std::string path() const { return directory / "data.bin"; }
  QuickDir directory;
  Content content;
};

// What is made, and of it: the first error.
struct Work {
  explicit Work(const Made& made_of) : made(made_of) {}
  std::string name(const char* word) const { return made.directory / word; }

  Status back_up() const {
    Options options;
    options.read_only = true;
    KV_ASSIGN(const auto store, Store::open(made.path(), options));
    KV_TRY(store->backup(name("full2"), {}));
    BackupOptions since;
    since.since_file = name("full");
    KV_TRY(store->backup(name("increment2"), since));
    return {};
  }
  Status restore_one() const {
    RestoreOptions options;
    options.backup = name("full");
    options.increments = {name("increment")};
    KV_TRY(restore(name("restored"), options));
    return {};
  }
  // Each is tried; an allocation that fails may throw.
  void run() {
    for (const auto part : {&Work::back_up, &Work::restore_one}) {
      try {
        failed += !(this->*part)().has_value();
      } catch (const std::bad_alloc&) {
        ++failed;
      }
    }
  }
  std::string wrong() const {
    for (const char* word : {"full2", "restored", "data.bin"}) {
      if (std::filesystem::exists(name(word)) && content_of(name(word)) != made.content) {
        return std::string(word) + " is not what it should be";
      }
    }
    if (!std::filesystem::exists(name("increment2"))) return "";
    RestoreOptions options;
    options.backup = name("full");
    options.increments = {name("increment2")};
    if (const auto done = restore(name("of increment2"), options); !done) {
      return "an increment is of no use: " + done.error().message;
    }
    return content_of(name("of increment2")) == made.content ? "" : "an increment lacks something";
  }
  void remove() const {
    for (const char* word : {"full2", "increment2", "restored", "of increment2"}) {
      std::filesystem::remove(name(word));
    }
  }
  bool left_unfinished() const {
    for (const auto& entry : std::filesystem::directory_iterator(made.directory.path())) {
      if (entry.path().string().find(".unfinished") != std::string::npos) return true;
    }
    return false;
  }
  // All succeed, and remove what failures have left.
  std::string heals() const {
    remove();
    if (const Status done = back_up(); !done) return "no backup later: " + done.error().message;
    if (const Status done = restore_one(); !done)
      return "no restore later: " + done.error().message;
    const std::string found = wrong();
    remove();
    return left_unfinished() ? "an unfinished file is left" : found;
  }

  const Made& made;
  int failed = 0;
};

struct Seen {
  std::uint64_t calls = 0, failed = 0;
  std::string wrong;
};

Seen fail_each(const Fault& first) {
  const Made made;
  Seen seen;
  seen.calls = fail_each_call(first, [&](const Fault& fault) {
    if (!seen.wrong.empty()) return test::arm({});
    Work work(made);
    test::arm(fault);
    work.run();
    test::disarm();
    seen.failed += work.failed > 0;
    const bool could_remove = !fault.for_ever && test::failed_call() != "unlink";
    if (could_remove && work.left_unfinished()) seen.wrong = "an unfinished file is left at once";
    if (seen.wrong.empty()) seen.wrong = work.wrong();
    if (seen.wrong.empty()) seen.wrong = work.heals();
    if (!seen.wrong.empty()) {
      seen.wrong += "; call " + std::to_string(fault.call) + ", " + test::failed_call();
    }
  });
  MESSAGE(seen.calls << " calls failed, and so " << seen.failed << " times something");
  return seen;
}

}  // namespace

TEST_CASE("any system call of a backup or a restore may fail") {
  for (const int error : {EIO, ENOSPC, 0}) {
    for (const bool for_ever : {false, true}) {
      if (error == 0 && for_ever) continue;  // a transfer of less than was asked for
      CAPTURE(error);
      CAPTURE(for_ever);
      const Seen seen = fail_each({0, for_ever, error});
      CHECK(seen.wrong == "");
      CHECK(seen.calls > 20);
      if (error != 0) CHECK(seen.failed > 10);
    }
  }
}

TEST_CASE("any allocation of a backup or a restore may fail") {
  const Made made;
  for (const bool for_ever : {false, true}) {
    std::uint64_t failed = 0;
    const auto seen = fail_each_allocation({0, for_ever}, [&](const Shortage& shortage) {
      if (!g_backup_long && shortage.allocation % 4 != 1) return;
      CAPTURE(shortage.allocation);
      Work work(made);
      test::arm_shortage(shortage);
      work.run();
      test::disarm_shortage();
      failed += work.failed > 0;
      CHECK_FALSE(work.left_unfinished());
      CHECK(work.wrong() == "");
      work.remove();
    });
    CHECK(failed > 20);
    CHECK(Work(made).heals() == "");
    MESSAGE(seen << " allocations failed, and so " << failed << " times something");
  }
}
