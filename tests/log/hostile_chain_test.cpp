// Chains as only a forger makes them: searches end, and read nothing outside.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "src/log/chain.h"

using namespace kvstore::log;

namespace {

struct Forgery {
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(1 << 14);
  Binding binding{Id{}};

  View view() const { return {bytes.data(), bytes.size(), &binding}; }
  Record add(std::uint64_t offset, std::uint64_t seq, std::uint64_t prev, std::uint64_t skip,
             const std::vector<std::uint8_t>& skip_block = {}) {
    Draft draft;
    draft.kind = Kind::kAppend;
    draft.chained = true;
    draft.key = "k";
    draft.value = "v";
    draft.seq = draft.time = draft.total = seq;
    draft.prev = prev;
    draft.skip = skip;
    draft.since_start = 255;
    draft.skip_block = skip_block;
    publish_header(bytes.data(), offset, build_record(draft, binding, bytes.data(), offset));
    Record record;
    REQUIRE(view().header(offset, &record) == HeaderCheck::kValid);
    return record;
  }
};

}  // namespace

TEST_CASE("skip offsets that lead in a circle end in an error") {
  Forgery log;
  log.add(4096, 50, 0, 8192);
  const Record head = log.add(8192, 100, 0, 4096);
  const Record self = log.add(12288, 100, 0, 12288);
  for (const Record& record : {head, self}) {
    CHECK_FALSE(find_byte(log.view(), record, 10));
    CHECK_FALSE(find_seq(log.view(), record, 1).value_or(Record{}).at);
    CHECK_FALSE(find_time(log.view(), record, 1).value_or(Record{}).at);
  }
}

TEST_CASE("a skip block whose entries are its own record ends in an error") {
  Forgery log;
  // Number 0; one level of one entry, 0 bytes, 0 seqs and 0 bytes of value back.
  std::vector<std::uint8_t> skip_block(6 + 7 + 3);
  skip_block[6] = 1;
  skip_block[7] = 0x11;
  skip_block[8] = 1;
  skip_block.resize(22);
  const Record head = log.add(4096, 100, 0, 0, skip_block);
  CHECK_FALSE(find_byte(log.view(), head, 10));
  CHECK_FALSE(find_seq(log.view(), head, 1).value_or(Record{}).at);
  CHECK_FALSE(find_time(log.view(), head, 1).value_or(Record{}).at);
}

TEST_CASE("a value that says it is longer than the file takes no memory") {
  Forgery log;
  const Record head = log.add(4096, std::uint64_t{400} << 20, 0, 0);
  std::string out = "as it was";
  const auto read = read_bytes(log.view(), head, 0, head.total, &out);
  REQUIRE_FALSE(read);
  CHECK(read.error().offset == 4096);
  CHECK(out == "as it was");
  CHECK(out.capacity() < 1000);
}
