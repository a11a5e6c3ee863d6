// Redis' append-only directory, as its manifest lists it.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <fmt/ranges.h>

#include "src/transfer/manifest.h"
#include "src/transfer/source.h"
#include "tests/support/temp_dir.h"

using namespace kvstore;
using namespace kvstore::transfer;
using kvstore::testing::TempDir;

namespace {

std::string parsed(std::string_view text) {
  const auto files = parse_manifest(text);
  return files ? fmt::format("{}", fmt::join(*files, " ")) : files.error().message;
}

void put(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("a manifest lists its base file first, and no history") {
  CHECK(parsed("file a.1.base.aof seq 1 type b\n"
               "file a.0.incr.aof seq 0 type h\n"
               "file a.1.incr.aof seq 1 type i\n"
               "# a comment\n"
               "file \"a 2.incr.aof\" seq 2 type i\r\n") ==
        "a.1.base.aof a.1.incr.aof a 2.incr.aof");
  CHECK(parsed("file a.1.incr.aof seq 1 type i startoffset 9\nfile b seq 2 type b") ==
        "b a.1.incr.aof");
}

TEST_CASE("a manifest that is none is refused by its line") {
  CHECK(parsed("") == "the manifest names no file");
  CHECK(parsed("# only\n") == "the manifest names no file");
  CHECK(parsed("file a seq 1 type h") == "the manifest names no file");
  CHECK(parsed("file a seq 1 type i\nfile") ==
        "line 2 of the manifest is not made of pairs of words");
  CHECK(parsed("file \"a") == "line 1 of the manifest is not made of pairs of words");
  CHECK(parsed("file a seq 1 type x") == "line 1 of the manifest has no type b, i or h");
  CHECK(parsed("seq 1 type b") == "line 1 of the manifest names no file of its directory");
  for (const char* elsewhere : {"../a", "/etc/passwd", "a/b", "..", "\"\""}) {
    CHECK(parsed(std::string("file ") + elsewhere + " seq 1 type b") ==
          "line 1 of the manifest names no file of its directory");
  }
  CHECK(parsed("file a seq 2 type i\nfile b seq 1 type i") ==
        "line 2 of the manifest has no seq above the one before");
  CHECK(parsed("file a seq 1 type i\nfile b seq 1 type i") ==
        "line 2 of the manifest has no seq above the one before");
  CHECK(parsed("file a type i") == "line 1 of the manifest has no seq above the one before");
  CHECK(parsed("file a type b\nfile b type b") ==
        "line 2 of the manifest names a second base file");
}

TEST_CASE("the directory, the one that holds it, and the manifest name the same files") {
  const TempDir directory;
  std::filesystem::create_directory(directory / "appendonlydir");
  CHECK(files_of(directory.path()).error().code == Code::kFormat);
  const std::string inner = directory / "appendonlydir";
  put(inner + "/x.manifest", "file a seq 1 type b\nfile b seq 1 type i\n");
  const std::vector<std::string> files{inner + "/a", inner + "/b"};
  CHECK(files_of(inner) == files);
  CHECK(files_of(directory.path()) == files);
  CHECK(files_of(inner + "/x.manifest") == files);
  CHECK(Source::open(inner, "").error().code == Code::kNotFound);
  put(inner + "/a", "1");
  put(inner + "/b", "2");
  CHECK(Source::open(inner, "")->size() == 2);
  CHECK(Source::open(inner, inner + "/b").error().code == Code::kUsage);
  std::filesystem::remove(inner + "/b");
  REQUIRE(::mkfifo((inner + "/b").c_str(), 0600) == 0);
  CHECK(Source::open(inner, "").error().message.ends_with("/b is not a file"));
  put(inner + "/y.manifest", "");
  CHECK(files_of(inner).error().code == Code::kFormat);
  CHECK(files_of(directory / "nothing") == std::vector{directory / "nothing"});
}
