// Files that every version opens, for ever: tests/golden. The writers below made
// them; where a writer of today would do it differently, the file stays, and
// only the comparison of its bytes goes.
//
// To add a file: write it here, run the test once with KVSTORE_WRITE_GOLDEN=1 in
// the environment, and commit what it made.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include <doctest/doctest.h>

#include "src/maint/plain.h"
#include "src/sorted_set/sorted_set.h"
#include "tests/maint/index_support.h"
#include "tests/maint/plain_support.h"
#include "tests/maint/support.h"
#include "tests/support/open_store.h"

namespace kvstore::maint::testing {
namespace {

using log::Kind;
using namespace std::string_literals;
using kvstore::testing::at_seq;

std::string path_of(const std::string& name) {
  return std::string(KVSTORE_SOURCE_DIR) + "/" + name;
}

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The file as it is stored; it must still be what the writer writes.
std::string golden(const std::string& name, const std::string& written) {
  const std::string path = path_of("tests/golden/" + name);
  if (std::getenv("KVSTORE_WRITE_GOLDEN") && slurp(path).empty()) {
    std::ofstream(path, std::ios::binary) << written;
  }
  const std::string stored = slurp(path);
  CAPTURE(path);
  REQUIRE_FALSE(stored.empty());
  CHECK((stored == written));
  return stored;
}

log::Id id_of(std::uint8_t first) {
  log::Id id;
  for (std::size_t i = 0; i < id.size(); ++i) id[i] = static_cast<std::uint8_t>(first + i);
  return id;
}

std::string fixed_page(std::uint64_t floor_seq = 0, std::uint64_t features = 0) {
  log::FileHeader header;
  header.db_id = id_of(0x10);
  header.file_id = id_of(0x40);
  header.created = kTime;
  log::Slot slot;
  if (floor_seq != 0) {
    header.floor_seq = slot.floor_seq = floor_seq;
    header.floor_time = slot.floor_time = kTime + floor_seq * 1'000'000;
    header.incompatible = slot.incompatible = log::kFeatureKeyOrder | features;
  }
  slot.clean = true;
  slot.time = kTime;
  slot.epochs = {{log::kHeaderPageSize, slot.epoch}};
  return log::encode_header_page(header, slot);
}

// Slots say when they were written: fixed, so that the bytes are the same.
std::string with_fixed_slots(std::string image) {
  auto* page = reinterpret_cast<std::uint8_t*>(image.data());
  const log::Binding binding(id_of(0x40));
  for (int which = 0; which < 2; ++which) {
    auto slot = log::load_slot(page, which, binding);
    if (!slot) continue;
    slot->time = kTime;
    log::store_slot(*slot, binding, page);
  }
  return image;
}

std::string write_example(Builder& b) {
  b.set("greeting", "hello");
  b.append("greeting", ", world");
  return with_fixed_slots(b.close());
}

std::string write_everything(Builder& b) {
  b.set("", "the empty key");
  b.set("a", "1");
  b.set("a", "2");
  b.set("binary", std::string("\0\xff\r\n", 4));
  b.remove("a");
  b.set("expired", "gone", 1'600'000'000'000);
  b.set("expires late", "there", 9'000'000'000'000);
  b.sync();
  for (int i = 0; i < 1100; ++i) b.append("log", std::to_string(i) + ",");
  b.batch({{Kind::kSet, "b1", "x"}, {Kind::kSet, "b2", "y"}, {Kind::kDelete, "binary", ""}});
  std::string big;
  for (int i = 0; i < 3000; ++i) big += std::to_string(i) + " ";
  b.set("big", big);
  b.mark(Kind::kHole, "hole", 0);
  b.set("gap", "before|");
  b.mark(Kind::kGap, "gap", 10);
  return with_fixed_slots(b.close());
}

// As a kill leaves it: D in the middle, zeros after the end.
std::string write_unclosed(Builder& b) {
  b.set("durable", "1");
  b.sync();
  b.set("written", "2");
  b.append("written", "3");
  std::string image = b.crash();
  image.resize(b.records().back().second);
  image.resize(8192);
  return with_fixed_slots(image);
}

std::string score(double value) { return {reinterpret_cast<const char*>(&value), sizeof value}; }

std::string write_sorted_set(Builder& b) {
  b.type = 2;
  b.set("board", "\1\2ab" + score(1.5) + "\1\1c" + score(-2));
  b.append("board", "\2\2ab\1\0"s + score(0) + "\1\x80\x01"s + std::string(128, 'x') + score(3));
  b.type = 1;
  b.set("text", "a string");
  b.type = 2;
  b.set("expires late", "\1\1m" + score(1e300), 9'000'000'000'000);
  return with_fixed_slots(b.close());
}

// An index of two runs, a checkpoint that names them, and a record that they do not know.
std::string write_sealed(Builder& b) {
  b.set("user:1", "a");
  b.set("user:2", "b", 9'000'000'000'000);
  b.sync();
  SealedIndex how;
  how.run_ends = {b.log().end()};
  b.set("user:10", "c");
  b.remove("user:1");
  seal_index(b, how);
  b.set("after", "d");
  return with_fixed_slots(b.close());
}

// A base of two keys, one of them in pieces, its index, and what was written behind it.
std::string write_compacted(Builder& b) {
  b.base("ant", {"1"}, 4);
  b.base("bee", {"two", " pieces"}, 2, 9'000'000'000'000);
  b.end_base();
  seal_index(b);
  b.set("cat", "3");
  b.append("ant", "+");
  return with_fixed_slots(b.close());
}

// A base of what two keys share, and of one that goes on; and a copy of that behind it.
std::string write_shared(Builder& b) {
  b.base("ant", {"a value that", " is shared"}, 4);
  b.refer("bee", "ant", 2);
  b.base("bee", {", and goes on"}, 2);
  b.refer("cat", "bee", 5);
  b.end_base();
  seal_index(b);
  b.set("ant", "another");
  b.refer("dog", "cat");
  b.append("cat", "!");
  return with_fixed_slots(b.close());
}

// A CLEAR that the checkpoint names, and one behind it that opens a batch.
std::string write_cleared(Builder& b) {
  b.set("ant", "1");
  b.set("bee", "2", 9'000'000'000'000);
  b.sync();
  b.clear();
  b.set("ant", "3");
  seal_index(b);
  b.set("cat", "4");
  b.batch({{Kind::kClear, "", ""}, {Kind::kSet, "bee", "5"}});
  b.append("ant", "6");
  return with_fixed_slots(b.close());
}

// REFs to a value, and to one that a REF begins and an APPEND goes on with.
std::string write_referred(Builder& b) {
  b.set("ant", "a value, ");
  b.append("ant", "which grows");
  b.sync();
  b.refer("bee", "ant");
  b.append("bee", " on");
  b.set("ant", "another");
  b.refer("cat", "bee");
  seal_index(b);
  b.remove("bee");
  b.append("cat", "!");
  return with_fixed_slots(b.close());
}

std::string unhex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

const std::string kPacked = "level=info service=store method=GET path=/api/v1/keys/ant status=200";
std::string woofs() {
  std::string text;
  while (text.size() < 1028) text += "woof ";
  return text.substr(0, 1024) + "tail";
}

// A base whose values are compressed: one with the dictionary, one in three blocks of which the
// last stays as it is, and one that is not. What zstd made of them stands here, as its next version
// may make other bytes of them.
std::string write_compressed(Builder& b) {
  b.compress("level=info service=store method=GET path=/api/v1/keys/ status=200");
  b.encoded("ant", kPacked, {log::Codec::kZstdDictionary, 13, 68},
            unhex("20446d0000206c616e740200471823e20c57"), 4);
  const std::string blocks = unhex(
      "1e000000"
      "30000000"
      "34000000"
      "60000165000028776f6f66200100f8508b16"
      "600001650000286f6620776f0100f8508b16"
      "7461696c");
  b.encoded("bee", woofs(), {log::Codec::kZstd, 9, 1028}, blocks, 2);
  b.encoded("cat", "as it is", {}, "as it is", 5);
  b.end_base();
  seal_index(b);
  b.append("bee", "+");
  return with_fixed_slots(b.close());
}

std::string read(Store& store, const std::string& key, std::int64_t offset, std::uint64_t length) {
  std::string value;
  const auto found = store.read(key, offset, length, &value);
  return found ? value : "(CORRUPT)";
}

TEST_CASE("golden v1: the example of docs/FORMAT.md opens and reads") {
  Builder b(fixed_page());
  const std::string stored = golden("v1/example.kvs", write_example(b));
  CHECK(audit_of(stored).state() == maint::State::kIntact);
  Opened opened = open(stored);
  CHECK(get(*opened.store, "greeting") == "hello, world");
}

void check_everything(const std::string& stored) {
  const Report report = audit_of(stored);
  CHECK(report.state() == maint::State::kIntact);
  CHECK(report.closed_cleanly);
  CHECK(report.record_count == 1114);
  CHECK(report.last_seq == 1112);
  CHECK(report.lost_keys == 1);
  Opened opened = open(stored);
  Store& store = *opened.store;
  CHECK(get(store, "") == "the empty key");
  CHECK(get(store, "a") == "(nil)");
  At at;
  at.seq = 3;
  CHECK(get(store, "a", at) == "2");
  CHECK(get(store, "binary", at) == "(nil)");
  CHECK(get(store, "binary") == "(nil)");
  CHECK(get(store, "expired") == "(nil)");
  CHECK(get(store, "expires late") == "there");
  CHECK(get(store, "b1") == "x");
  CHECK(get(store, "b2") == "y");
  CHECK(get(store, "hole") == "(CORRUPT)");
  CHECK(get(store, "gap") == "(CORRUPT)");
  CHECK(read(store, "gap", 0, 7) == "before|");
  std::string log;
  for (int i = 0; i < 1100; ++i) log += std::to_string(i) + ",";
  CHECK(get(store, "log") == log);
  CHECK(read(store, "log", 2000, 20) == log.substr(2000, 20));
  std::string big;
  for (int i = 0; i < 3000; ++i) big += std::to_string(i) + " ";
  CHECK(get(store, "big") == big);
}

TEST_CASE("golden v1: a file with everything in it opens, verifies intact and reads") {
  Builder b(fixed_page());
  check_everything(golden("v1/everything.kvs", write_everything(b)));
}

TEST_CASE("golden v1: a file that was not closed opens with all that was written") {
  Builder b(fixed_page());
  const std::string stored = golden("v1/unclosed.kvs", write_unclosed(b));
  const Report report = audit_of(stored);
  CHECK(report.state() == maint::State::kIntact);
  CHECK_FALSE(report.closed_cleanly);
  Opened opened = open(stored);
  CHECK(get(*opened.store, "durable") == "1");
  CHECK(get(*opened.store, "written") == "23");
}

TEST_CASE("golden v1: a file with sorted sets opens, verifies and reads") {
  Builder b(fixed_page());
  const std::string stored = golden("v1/sorted_set.kvs", write_sorted_set(b));
  CHECK(audit_of(stored).state() == maint::State::kIntact);
  Opened opened = open(stored);
  const auto board = *opened.store->sorted_set("board");
  REQUIRE(board);
  REQUIRE(board->size() == 3);
  CHECK(board->at(0).name == "c");
  CHECK(board->at(0).score == -2);
  CHECK(board->at(1).name.empty());
  CHECK(board->at(2).name == std::string(128, 'x'));
  CHECK((*opened.store->sorted_set("board", at_seq(1)))->score("ab") == 1.5);
  CHECK((*opened.store->sorted_set("expires late"))->score("m") == 1e300);
  CHECK((*opened.store->stat("expires late"))->type == ValueType::kZset);
  CHECK(get(*opened.store, "text") == "a string");
}

TEST_CASE("golden v1: a file with a sealed index opens, verifies against its log and reads") {
  Builder b(fixed_page());
  const std::string stored = golden("v1/sealed.kvs", write_sealed(b));
  const Report report = audit_of(stored);
  CHECK(report.state() == maint::State::kIntact);
  CHECK(report.index.checkpoint != 0);
  CHECK(report.index.runs == 2);
  CHECK(report.index.segments == 2);
  CHECK(report.index.keys == 4);
  Opened opened = open(stored);
  CHECK(get(*opened.store, "user:1") == "(nil)");
  CHECK(get(*opened.store, "user:2") == "b");
  CHECK(get(*opened.store, "user:10") == "c");
  CHECK(get(*opened.store, "after") == "d");
  CHECK(*opened.store->count() == 3);
  CHECK(opened.store->stats().index_runs == 2);
}

TEST_CASE("golden v1: a compacted file, with a base and an index, opens, verifies and reads") {
  Builder b(fixed_page(5));
  const std::string stored = golden("v1/compacted.kvs", write_compacted(b));
  const Report report = audit_of(stored);
  CHECK(report.state() == maint::State::kIntact);
  CHECK(report.floor_seq == 5);
  CHECK(report.last_seq == 7);
  CHECK(report.index.keys == 2);
  Opened opened = open(stored);
  CHECK(get(*opened.store, "ant") == "1+");
  CHECK(get(*opened.store, "bee") == "two pieces");
  CHECK(get(*opened.store, "cat") == "3");
  At at;
  at.seq = 5;
  CHECK(get(*opened.store, "ant", at) == "1");
  CHECK(get(*opened.store, "cat", at) == "(nil)");
  CHECK(*opened.store->count() == 3);
}

TEST_CASE("golden v1: a compressed file opens, verifies and reads") {
  Builder b(fixed_page(5, log::kFeatureCompressed));
  const std::string stored = golden("v1/compressed.kvs", write_compressed(b));
  const Report report = audit_of(stored);
  CHECK(report.state() == maint::State::kIntact);
  CHECK(report.records.at(Kind::kDictionary) == 1);
  CHECK(report.index.keys == 3);
  Opened opened = open(stored);
  CHECK(get(*opened.store, "ant") == kPacked);
  CHECK(get(*opened.store, "bee") == woofs() + "+");
  CHECK(read(*opened.store, "bee", 510, 6) == woofs().substr(510, 6));
  CHECK(read(*opened.store, "bee", 1022, 100) == woofs().substr(1022) + "+");
  CHECK(get(*opened.store, "cat") == "as it is");
}

void check_cleared(const std::string& stored) {
  const Report report = audit_of(stored);
  CHECK(report.state() == maint::State::kIntact);
  CHECK(report.records.at(Kind::kClear) == 2);
  CHECK(report.live_keys == 2);
  CHECK(report.deleted_keys == 1);
  Opened opened = open(stored);
  CHECK(get(*opened.store, "ant") == "6");
  CHECK(get(*opened.store, "bee") == "5");
  CHECK(get(*opened.store, "cat") == "(nil)");
  CHECK(*opened.store->count() == 2);
  At at;
  at.seq = 2;
  CHECK(get(*opened.store, "bee", at) == "2");
  at.seq = 3;
  CHECK(get(*opened.store, "bee", at) == "(nil)");
  at.seq = 5;
  CHECK(get(*opened.store, "ant", at) == "3");
  CHECK(get(*opened.store, "cat", at) == "4");
}

// Slots named no feature when the first of each two files was made.
TEST_CASE("golden v1: a file with CLEARs opens, verifies and reads") {
  Builder b(fixed_page());
  check_cleared(slurp(path_of("tests/golden/v1/cleared.kvs")));
  check_cleared(golden("v1/cleared_noted.kvs", write_cleared(b)));
}

void check_referred(const std::string& stored) {
  const Report report = audit_of(stored);
  CHECK(report.state() == maint::State::kIntact);
  CHECK(report.records.at(Kind::kRef) == 2);
  CHECK(report.live_keys == 2);
  Opened opened = open(stored);
  CHECK(get(*opened.store, "ant") == "another");
  CHECK(get(*opened.store, "bee") == "(nil)");
  CHECK(get(*opened.store, "cat") == "a value, which grows on!");
  At at;
  at.seq = 3;
  CHECK(get(*opened.store, "bee", at) == "a value, which grows");
  at.seq = 6;
  CHECK(get(*opened.store, "cat", at) == "a value, which grows on");
}

TEST_CASE("golden v1: a file with REFs opens, verifies and reads") {
  Builder b(fixed_page());
  check_referred(slurp(path_of("tests/golden/v1/referred.kvs")));
  check_referred(golden("v1/referred_noted.kvs", write_referred(b)));
}

TEST_CASE("golden v1: a compacted file whose values are shared opens, verifies and reads") {
  Builder b(fixed_page(5));
  const std::string stored = golden("v1/shared.kvs", write_shared(b));
  const Report report = audit_of(stored);
  CHECK(report.state() == maint::State::kIntact);
  CHECK(report.records.at(Kind::kRef) == 3);
  CHECK(report.index.keys == 3);
  Opened opened = open(stored);
  CHECK(get(*opened.store, "ant") == "another");
  CHECK(get(*opened.store, "bee") == "a value that is shared, and goes on");
  CHECK(get(*opened.store, "cat") == "a value that is shared, and goes on!");
  CHECK(get(*opened.store, "dog") == "a value that is shared, and goes on");
  At at;
  at.seq = 5;
  CHECK(get(*opened.store, "ant", at) == "a value that is shared");
  CHECK(*opened.store->count() == 4);
}

TEST_CASE("golden: the older formats are detected and read") {
  const std::string stored32 =
      golden("plain32/sample.bin", plain32("a", "1") + plain32("key", "old") +
                                       plain32("key", "value") + plain32("nul", {"\0", 1}));
  const std::string stored64 =
      golden("plain64/sample.bin", plain64("a", "1") + plain64("key", "value") +
                                       plain64("gone", "x") + plain64("gone", {"\0", 1}));
  const auto detect = [](const std::string& bytes) {
    return detect_plain(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), "old");
  };
  CHECK(detect(stored32) == PlainFormat::kPlain32);
  CHECK(detect(stored64) == PlainFormat::kPlain64);
}

// "00001000  1c 7a ...  |...|" lines, as hexdump -C prints them.
TEST_CASE("the hex dump in docs/FORMAT.md is the example file's bytes") {
  const std::string stored = slurp(path_of("tests/golden/v1/example.kvs"));
  std::ifstream doc(path_of("docs/FORMAT.md"));
  std::size_t lines = 0, last = 0;
  for (std::string line; std::getline(doc, line);) {
    const std::size_t bar = line.find("  |");
    const bool dumped = bar != std::string::npos && line.size() > 10 && line[8] == ' ' &&
                        line.find_first_not_of("0123456789abcdef") == 8;
    if (!dumped) continue;
    std::size_t offset = std::stoul(line.substr(0, 8), nullptr, 16);
    std::istringstream bytes(line.substr(8, bar - 8));
    for (std::string byte; bytes >> byte; ++offset) {
      CAPTURE(line);
      REQUIRE(offset < stored.size());
      CHECK(static_cast<unsigned char>(stored[offset]) == std::stoul(byte, nullptr, 16));
    }
    ++lines;
    last = std::max(last, offset);
  }
  CHECK(lines >= 12);
  CHECK(last == stored.size());
}

// The value of the checkpoint that the slot of v1/sealed.kvs names.
std::string sealed_checkpoint() {
  const std::string stored = slurp(path_of("tests/golden/v1/sealed.kvs"));
  const auto* data = reinterpret_cast<const std::uint8_t*>(stored.data());
  const log::Binding binding(id_of(0x40));
  const auto slot = log::load_newest_slot(data, binding);
  REQUIRE(slot.has_value());
  log::Record record;
  REQUIRE(log::read_header(data, slot->checkpoint, stored.size(), binding, &record) ==
          log::HeaderCheck::kValid);
  return std::string(record.stored());
}

// Lines as hexdump -C prints them, with six digits of position, and '*' for lines of zeros.
std::string dump(std::string_view bytes, std::size_t from = 0) {
  std::ostringstream out;
  bool skipped = false;
  for (std::size_t begin = from; begin < bytes.size(); begin += 16) {
    const std::string_view line = bytes.substr(begin, 16);
    const bool zeros = line.find_first_not_of('\0') == std::string_view::npos;
    if (zeros && !std::exchange(skipped, true)) out << "*\n";
    if (zeros) continue;
    skipped = false;
    std::string hex, text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      char digits[4];
      std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(line[i]));
      hex += (i % 8 == 0 ? "  " : " ") + std::string(digits);
      text += line[i] >= 0x20 && line[i] < 0x7F ? line[i] : '.';
    }
    hex.resize(50, ' ');
    char position[24];
    std::snprintf(position, sizeof position, "%06zx", begin);
    out << position << hex << "  |" << text << "|\n";
  }
  return out.str();
}

TEST_CASE("the checkpoint in docs/FORMAT.md is that of the file with a sealed index") {
  const std::string expected = dump(sealed_checkpoint());
  const bool found = slurp(path_of("docs/FORMAT.md")).find("\n" + expected) != std::string::npos;
  if (!found) MESSAGE("its bytes are\n" << expected);
  CHECK(found);
}

TEST_CASE("the header and the base in docs/FORMAT.md are those of the compacted file") {
  const std::string stored = slurp(path_of("tests/golden/v1/compacted.kvs"));
  REQUIRE(stored.size() > log::kHeaderPageSize);
  const auto page = log::read_header_page(reinterpret_cast<const std::uint8_t*>(stored.data()),
                                          stored.size(), "compacted.kvs");
  REQUIRE(page.has_value());
  const std::string expected =
      dump(std::string_view(stored).substr(0, page->base.end).substr(0, 112)) +
      dump(std::string_view(stored).substr(0, page->base.end), log::kHeaderPageSize);
  const bool found = slurp(path_of("docs/FORMAT.md")).find("\n" + expected) != std::string::npos;
  if (!found) MESSAGE("its bytes are\n" << expected);
  CHECK(found);
}

TEST_CASE("the base in docs/FORMAT.md is that of the compressed file") {
  const std::string stored = slurp(path_of("tests/golden/v1/compressed.kvs"));
  REQUIRE(stored.size() > log::kHeaderPageSize);
  const auto page = log::read_header_page(reinterpret_cast<const std::uint8_t*>(stored.data()),
                                          stored.size(), "compressed.kvs");
  REQUIRE(page.has_value());
  const std::string expected =
      dump(std::string_view(stored).substr(0, page->base.end), log::kHeaderPageSize);
  const bool found = slurp(path_of("docs/FORMAT.md")).find("\n" + expected) != std::string::npos;
  if (!found) MESSAGE("its bytes are\n" << expected);
  CHECK(found);
}

TEST_CASE("the REFs in docs/FORMAT.md are those of the file that has some") {
  const std::string stored = slurp(path_of("tests/golden/v1/referred.kvs"));
  REQUIRE(stored.size() > 0x1208);
  const std::string_view bytes = stored;
  const std::string expected =
      dump(bytes.substr(0, 0x10f8), 0x1090) + dump(bytes.substr(0, 0x1208), 0x1190);
  const bool found = slurp(path_of("docs/FORMAT.md")).find("\n" + expected) != std::string::npos;
  if (!found) MESSAGE("its bytes are\n" << expected);
  CHECK(found);
}

TEST_CASE("the CLEARs in docs/FORMAT.md are those of the file that has some") {
  const std::string stored = slurp(path_of("tests/golden/v1/cleared.kvs"));
  REQUIRE(stored.size() > 0x15c8);
  const std::string_view bytes = stored;
  const std::string expected = dump(bytes.substr(0, 0x10f8), 0x1078) + dump(bytes, 0x15c8);
  const bool found = slurp(path_of("docs/FORMAT.md")).find("\n" + expected) != std::string::npos;
  if (!found) MESSAGE("its bytes are\n" << expected);
  CHECK(found);
}

}  // namespace
}  // namespace kvstore::maint::testing
