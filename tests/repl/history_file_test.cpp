#include "repl/history_file.h"
#include "tests/support/temp_dir.h"

#include <sys/stat.h>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

using namespace kvstore::repl;

namespace {

struct Shell {
  explicit Shell(const std::string& path) : history(::history_init()), file(history, path) {}
  ~Shell() { ::history_end(history); }
  // Newest first.
  std::vector<std::string> entries() const {
    std::vector<std::string> all;
    HistEvent event;
    for (int found = ::history(history, &event, H_FIRST); found >= 0;
         found = ::history(history, &event, H_NEXT)) {
      all.emplace_back(event.str);
    }
    return all;
  }
  History* history;
  HistoryFile file;
};

}  // namespace

TEST_CASE("entries come back in the next shell, those of several lines whole") {
  const kvstore::testing::TempDir directory;
  const std::string path = directory / "state/kvstore/history";
  const std::string block = "SET note <<EOT\nline \\ 1\n\ttab \"quoted\" grün\nEOT";
  {
    Shell shell(path);
    shell.file.add("GET a\n");
    shell.file.add(block);
  }
  CHECK(Shell(path).entries() == std::vector<std::string>{block, "GET a"});
}

TEST_CASE("two shells side by side lose nothing of each other's") {
  const kvstore::testing::TempDir directory;
  const std::string path = directory / "history";
  Shell one(path);
  Shell two(path);
  one.file.add("GET one");
  two.file.add("GET two");
  one.file.add("GET three");
  CHECK(Shell(path).entries() == std::vector<std::string>{"GET three", "GET two", "GET one"});
}

TEST_CASE("blank, repeated, hidden and huge entries are not kept") {
  const kvstore::testing::TempDir directory;
  const std::string path = directory / "history";
  Shell shell(path);
  shell.file.add("GET a");
  shell.file.add("GET a");
  shell.file.add("\n");
  shell.file.add(" SET secret 1");
  shell.file.add(std::string(100000, 'x'));
  CHECK(shell.entries() == std::vector<std::string>{"GET a"});
}

TEST_CASE("what gives a password is not kept") {
  const kvstore::testing::TempDir directory;
  Shell shell(directory / "history");
  for (const char* const entry :
       {"AUTH sesame", "auth me sesame", "HELLO 3 AUTH me sesame", "ACL SETUSER me >sesame",
        "CONFIG SET requirepass sesame"}) {
    shell.file.add(entry);
  }
  shell.file.add("HELLO 3");
  shell.file.add("ACL LIST");
  CHECK(shell.entries().size() == 2);
}

TEST_CASE("the history is nobody else's to read") {
  const kvstore::testing::TempDir directory;
  const std::string path = directory / "history";
  Shell shell(path);
  shell.file.add("SET password 123");
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("a history that cannot be written keeps nothing, and that is all") {
  Shell shell("/proc/nowhere/history");
  shell.file.add("GET a");
  CHECK(shell.entries() == std::vector<std::string>{"GET a"});
}
