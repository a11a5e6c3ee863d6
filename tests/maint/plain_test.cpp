#include "src/maint/plain.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "src/maint/convert.h"
#include "tests/maint/plain_support.h"
#include "tests/maint/support.h"
#include "tests/support/temp_dir.h"

namespace kvstore::maint::testing {
namespace {

using kvstore::testing::TempDir;

Result<PlainFormat> detect(const std::string& bytes) {
  return detect_plain(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), "old");
}

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

struct Converted {
  TempDir dir;
  Result<ConvertReport> report;
  std::unique_ptr<Store> store;

  explicit Converted(const std::string& old, const ConvertOptions& options = {})
      : report(fail(Code::kIo, "not yet")) {
    std::ofstream(dir / "old", std::ios::binary) << old;
    report = convert(file::system_files(), dir / "old", dir / "new", options);
    if (!report) return;
    kvstore::Options read_only;
    read_only.read_only = true;
    auto opened = Store::open(dir / "new", read_only);
    REQUIRE(opened.has_value());
    store = std::move(*opened);
  }
};

TEST_CASE("the old formats are told by their first records") {
  const std::string old32 = plain32("a", "1") + plain32("key", "value") + plain32("", "");
  const std::string old64 = plain64("a", "1") + plain64("key", "value") + plain64("a", {"\0", 1});
  CHECK(detect(old32) == PlainFormat::kPlain32);
  CHECK(detect(old64) == PlainFormat::kPlain64);
  CHECK(detect(plain32("one", "record")) == PlainFormat::kPlain32);
  CHECK(detect(plain64("one", "record")) == PlainFormat::kPlain64);
  CHECK(detect(old32 + plain32("torn", "away").substr(0, 9)) == PlainFormat::kPlain32);
  CHECK(detect(old64 + std::string(500, '\0')) == PlainFormat::kPlain64);
}

TEST_CASE("what is neither of the old formats is refused with a hint") {
  Builder b;
  b.set("k", "v");
  std::string current = b.close();
  const std::string text = "just a text file, with some lines\nand one more\n";
  for (const std::string& bytes :
       {std::string(), std::string(16, '\0'), std::string(4096, '\0'), text, std::string("x"),
        std::string(8192, '\xFF'), plain32("torn", "the only record").substr(0, 12)}) {
    const auto found = detect(bytes);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().code == Code::kFormat);
  }
  CHECK(detect(text).error().hint.find("--format") != std::string::npos);
  CHECK_FALSE(detect(current).has_value());
  current[9] ^= 1;  // the header's CRC: still a file of the current format
  CHECK_FALSE(detect(current).has_value());
}

TEST_CASE("a converted file has the old one's keys, values and history") {
  const std::string zero("\0", 1);
  SUBCASE("plain32, where no value is a tombstone") {
    const Converted c(plain32("a", "1") + plain32("b", "x") + plain32("a", "2") +
                      plain32("b", zero) + plain32("", "empty key") + plain32("e", ""));
    REQUIRE(c.report.has_value());
    CHECK(c.report->exit_code() == ExitCode::kDone);
    CHECK(c.report->records == 6);
    CHECK(c.report->keys == 4);
    CHECK(get(*c.store, "a") == "2");
    CHECK(get(*c.store, "b") == zero);
    CHECK(get(*c.store, "") == "empty key");
    CHECK(get(*c.store, "e") == "");
    At at;
    at.seq = 1;
    CHECK(get(*c.store, "a", at) == "1");
  }
  SUBCASE("plain64, where 0x00 deletes") {
    const Converted c(plain64("a", "1") + plain64("b", "x") + plain64("a", zero) +
                      plain64("never", zero) + plain64("b", zero) + plain64("b", "back") +
                      plain64("two", std::string(2, '\0')));
    REQUIRE(c.report.has_value());
    CHECK(c.report->tombstones == 3);
    CHECK(c.report->keys == 2);
    CHECK(get(*c.store, "a") == "(nil)");
    CHECK(get(*c.store, "b") == "back");
    CHECK(get(*c.store, "two") == std::string(2, '\0'));
    CHECK(*c.store->count() == 2);
  }
}

TEST_CASE("a value longer than one write may be arrives whole, in pieces") {
  const std::string value = "0123456789abcdefghij";
  ConvertOptions options;
  options.piece_size = 8;
  const Converted c(plain32("long", value) + plain32("short", "12345678"), options);
  REQUIRE(c.report.has_value());
  CHECK(get(*c.store, "long") == value);
  CHECK(get(*c.store, "short") == "12345678");
  At at;
  at.seq = 1;  // one version, not three
  CHECK(get(*c.store, "long", at) == value);
}

TEST_CASE("a damaged old file gives what was good, and where it stopped") {
  const std::string first = plain32("a", "1") + plain32("b", "2");
  SUBCASE("torn in the last record") {
    const std::string last = plain32("c", "the last value");
    for (std::size_t size = 1; size < last.size(); ++size) {
      const Converted c(first + last.substr(0, size));
      REQUIRE(c.report.has_value());
      CHECK(c.report->exit_code() == ExitCode::kTornTail);
      CHECK(c.report->stop_offset == first.size());
      CHECK(get(*c.store, "b") == "2");
      CHECK(get(*c.store, "c") == "(nil)");
    }
  }
  SUBCASE("a length flipped in the middle") {
    std::string bytes = first + plain32("c", "3") + plain32("d", "4");
    bytes[first.size() + 3] = 0x40;
    const Converted c(bytes);
    REQUIRE(c.report.has_value());
    CHECK(c.report->exit_code() == ExitCode::kDamaged);
    CHECK(c.report->stop_offset == first.size());
    CHECK(c.report->to_string("old").find("offset 20") != std::string::npos);
  }
  SUBCASE("a value's length flipped in the middle") {
    std::string bytes = first + plain32("c", "3") + plain32("d", "4");
    bytes[first.size() + 4 + 1 + 2] = 0x40;
    const Converted c(bytes);
    REQUIRE(c.report.has_value());
    CHECK(c.report->exit_code() == ExitCode::kDamaged);
  }
  SUBCASE("a gigabyte promised and three bytes there") {
    const Converted c(first + std::string("\x01\0\0\0k\0\0\0\x40"
                                          "abc",
                                          12));
    REQUIRE(c.report.has_value());
    CHECK(c.report->exit_code() == ExitCode::kTornTail);
  }
}

TEST_CASE("converting never overwrites, and leaves nothing behind when it fails") {
  TempDir dir;
  std::ofstream(dir / "old") << plain32("a", "1");
  std::ofstream(dir / "there") << "something";
  const auto refused = convert(file::system_files(), dir / "old", dir / "there");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Code::kExists);
  CHECK(slurp(dir / "there") == "something");
  std::ofstream(dir / "text") << "no old file at all, this";
  CHECK_FALSE(convert(file::system_files(), dir / "text", dir / "new").has_value());
  CHECK_FALSE(std::filesystem::exists(dir / "new"));
  CHECK_FALSE(convert(file::system_files(), dir / "missing", dir / "new").has_value());
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(dir / "x").parent_path())) {
    ++files;
  }
  CHECK(files == 3);
}

TEST_CASE("a format that is forced must fit the first record at least") {
  ConvertOptions options;
  options.format = PlainFormat::kPlain64;
  const Converted c(plain32("a", "1") + plain32("b", "2"), options);
  REQUIRE_FALSE(c.report.has_value());
  CHECK(c.report.error().code == Code::kFormat);
}

TEST_CASE("a full disk stops a conversion with one clear error") {
  SimFiles files;
  std::string old;
  for (int i = 0; i < 3000; ++i) old += plain32("key" + std::to_string(i), std::string(1000, 'v'));
  files.put("old", old);
  files.capacity = 2 << 20;
  const auto done = convert(files, "old", "/nonexistent/new");
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == Code::kFull);
}

}  // namespace
}  // namespace kvstore::maint::testing
