// Whoever opens or reads a file beside a writer that seals its index all the time finds it as
// whole as it is: an EXTENT that reaches beyond the size that was looked at is no damage.
//
// KVSTORE_LONG=1 test_process --source-file='*beside_seals*'    a minute each, not 3 seconds
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>

#include <doctest/doctest.h>

#include "src/base/exit_code.h"
#include "src/store/store.h"
#include "tests/server/fixture.h"

using namespace kvstore;
using kvstore::testing::TempDir;

namespace {

constexpr const char* kFile = "KVSTORE_TEST_FILE";

std::string key_of(std::uint64_t number) { return "key:" + std::to_string(number); }

// --- the writing process: this program again, in the test case at the end.

class SealingProcess {
 public:
  explicit SealingProcess(const std::string& path)
      : process_({"env", std::string(kFile) + "=" + path,
                  std::filesystem::read_symlink("/proc/self/exe"), "--no-skip", "--minimal",
                  "--test-case=the sealing process"}) {
    REQUIRE(process_.read_output(6) == "ready\n");
  }
  ~SealingProcess() { process_.signal(SIGKILL); }

 private:
  test::Process process_;
};

Options for_reading() {
  Options options;
  options.read_only = true;
  return options;
}

// What is wrong with a look at the file, if anything.
std::string look(Store& store) {
  std::string value;
  const auto found = store.get(key_of(1), &value);
  if (!found) return found.error().message;
  if (!*found) return "a key is missing";
  if (const auto count = store.count(); !count) return count.error().message;
  return store.open_report().damage.empty() ? "" : store.open_report().to_string();
}

// Looks for a while, until something is wrong.
std::string watch(const std::function<std::string()>& look) {
  const std::chrono::seconds length(std::getenv("KVSTORE_LONG") ? 60 : 3);
  const auto end = std::chrono::steady_clock::now() + length;
  std::string wrong;
  while (wrong.empty() && std::chrono::steady_clock::now() < end) wrong = look();
  return wrong;
}

}  // namespace

TEST_CASE("who opens a file beside a writer that seals finds no damage") {
  TempDir directory;
  const std::string path = directory / "data.bin";
  const SealingProcess writer(path);
  CHECK(watch([&] {
          const auto store = Store::open(path, for_reading());
          REQUIRE(store);
          return look(**store);
        }) == "");
}

TEST_CASE("who goes on reading a file beside a writer that seals finds no damage") {
  TempDir directory;
  const std::string path = directory / "data.bin";
  const SealingProcess writer(path);
  const auto store = Store::open(path, for_reading());
  REQUIRE(store);
  CHECK(watch([&] { return look(**store); }) == "");
}

TEST_CASE("verify beside a writer that seals finds no damage") {
  TempDir directory;
  const std::string path = directory / "data.bin";
  const SealingProcess writer(path);
  CHECK(watch([&] {
          const auto done = test::run_tool({KVSTORE_BINARY, "verify", path});
          return done.exit_code == static_cast<int>(ExitCode::kDone) ? "" : done.output;
        }) == "");
}

TEST_CASE("the sealing process" * doctest::skip()) {
  const char* path = std::getenv(kFile);
  if (!path) return;  // somebody runs all that is skipped
  Options options;
  options.memory = kLeastMemory;
  options.sync.mode = SyncPolicy::Mode::kNone;
  auto store = Store::open(path, options);
  REQUIRE(store);
  const std::string value(100, 'v');
  for (std::uint64_t number = 0;; ++number) {
    REQUIRE((*store)->set(key_of(number % 500'000), value));
    if (number == 5000) REQUIRE(::write(1, "ready\n", 6) == 6);
  }
}
