#include "server/log.h"

#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "server/memory_budget.h"
#include "tests/server/fixture.h"

using namespace kvstore;
using namespace std::string_view_literals;

namespace {

struct LogFile {
  testing::TempDir directory;
  server::Log log;

  LogFile() {
    server::Config config;
    config.log_file = directory / "log";
    log = *server::open_log(config);
  }
  std::size_t lines_with(std::string_view text) const {
    std::ifstream in(directory / "log");
    std::size_t count = 0;
    for (std::string line; std::getline(in, line);) {
      if (line.find(text) != std::string::npos) ++count;
    }
    return count;
  }
};

}  // namespace

TEST_CASE("a client's bytes are escaped and cut in the log") {
  CHECK(server::log_text("plain") == "\"plain\"");
  CHECK(server::log_text("") == "\"\"");
  CHECK(server::log_text("a\n\"\\\x1b\0\xff"sv) == "\"a\\x0a\\\"\\\\\\x1b\\x00\\xff\"");
  CHECK(server::log_text(std::string(100, 'x')) == "\"" + std::string(64, 'x') + "\"... 100 bytes");
}

TEST_CASE("a command is logged with its key and not its value") {
  const std::string_view argv[] = {"set", "key", "secret", "EX", "5"};
  CHECK(server::log_command(argv) == "SET \"key\" (+3)");
  const std::string_view unknown[] = {"\x1b[2J"};
  CHECK(server::log_command(unknown) == "\"\\x1b[2J\"");
}

TEST_CASE("a full disk is one line when it begins and one when it ends") {
  LogFile file;
  server::FailureLog failures(file.log);
  failures.commit_worked(7);
  for (int i = 0; i < 100; ++i) {
    failures.write_failed({Code::kFull, "no room", ""}, 7);
    failures.commit_worked(7);  // of nothing
  }
  CHECK(file.lines_with("writes fail: FULL no room") == 1);
  CHECK(file.lines_with("writes work again") == 0);
  failures.commit_worked(8);
  failures.commit_worked(9);
  CHECK(file.lines_with("writes work again") == 1);
  failures.write_failed({Code::kFull, "no room", ""}, 9);
  CHECK(file.lines_with("writes fail") == 2);
}

TEST_CASE("a command that the user got wrong is no failure of the store") {
  LogFile file;
  server::FailureLog failures(file.log);
  failures.write_failed({Code::kExists, "there is such a key", ""}, 1);
  failures.write_failed({Code::kTooBig, "a key is at most so long", ""}, 1);
  failures.read_failed({Code::kNumber, "not a number", ""}, "READ");
  CHECK(file.lines_with("") == 0);
}

TEST_CASE("damaged reads cannot flood the log") {
  LogFile file;
  server::FailureLog failures(file.log);
  for (int i = 0; i < 1000; ++i) failures.read_failed({Code::kCorrupt, "bad", ""}, "GET \"k\"");
  CHECK(file.lines_with("CORRUPT bad") >= 1);
  CHECK(file.lines_with("CORRUPT bad") < 100);
}

TEST_CASE("a bad log level and a log file that cannot be written are errors") {
  server::Config config;
  config.log_level = "loud";
  REQUIRE_FALSE(server::open_log(config));
  CHECK(server::open_log(config).error().code == Code::kUsage);
  config.log_level = "info";
  config.log_file = "/dev/null/log";
  REQUIRE_FALSE(server::open_log(config));
  CHECK(server::open_log(config).error().code == Code::kPermission);
}

TEST_CASE("what a store warns of is in the server's log") {
  CHECK_FALSE(server::log_store_warning("data.bin", "nobody listens"));
  const test::TestServer server;
  CHECK(server::log_store_warning("data.bin", "the clock was set back"));
  CHECK(server.log_says(": the clock was set back"));
}

TEST_CASE("the memory budget counts what is beyond each connection's free part") {
  server::MemoryBudget budget(40'000, 10);  // 1000 of each are set aside, and 30,000 shared
  REQUIRE(budget.free_part() == 1000);
  server::MemoryShare one(budget);
  CHECK(one.resize(1000));
  CHECK(budget.used() == 0);
  CHECK(one.resize(1000 + 18'000));
  {
    server::MemoryShare two(budget);
    CHECK_FALSE(two.resize(1000 + 12'001));
    CHECK(two.resize(1000 + 12'000));
    CHECK(budget.used() == 30'000);
  }
  CHECK(budget.used() == 18'000);
  CHECK(one.resize(0));
  CHECK(budget.used() == 0);
}
