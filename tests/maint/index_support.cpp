#include "tests/maint/index_support.h"

#include <doctest/doctest.h>

#include "src/index/run_writer.h"
#include "src/log/scanner.h"

namespace kvstore::maint::testing {
namespace {

using log::Record;
using log::Scanner;

// Each record of [begin, end).
void visit(const log::View& view, std::uint64_t begin, std::uint64_t end,
           const std::function<void(const Record&)>& visitor) {
  Scanner scanner(view.up_to(end), {begin});
  while (scanner.next() == Scanner::Step::kRecord) visitor(scanner.record());
  REQUIRE(scanner.end() == end);
}

log::RunPlace write_run(log::Log& log, std::uint64_t begin, std::uint64_t end,
                        std::uint64_t last_seq, const SealedIndex::Entries& entries) {
  const auto room = [&log](std::uint64_t size) { return log.append_extent(size, kTime); };
  index::RunWriter writer(log.view(), SealedIndex::kHashSeed,
                          [&log](std::uint64_t offset, std::span<const std::uint8_t> piece) {
                            return log.store_body(offset, piece);
                          });
  for (const auto& [key, entry] : entries) REQUIRE(writer.add(key, entry, room));
  const auto run = writer.finish(begin, end, last_seq, room);
  REQUIRE(run.has_value());
  return (*run)->place();
}

log::ClockState clock_of(const log::View& view, const log::FileHeader& header, std::uint64_t end) {
  log::ClockState clock;
  const bool has_base = view.base().end != 0;
  if (has_base) {
    clock.record_time = header.floor_time;
    clock.runs.push_back({header.floor_seq + 1, header.floor_time});
  }
  std::map<std::string, Record> newest;
  visit(view, log::kHeaderPageSize, end, [&](const Record& record) {
    if (!record.takes_seq()) return;
    if (clock.runs.empty()) clock.runs.push_back({record.seq, record.time});
    if (!view.base().holds(record.offset)) clock.record_time = record.time;
    if (record.is_of_all()) return newest.clear();
    newest[std::string(record.key())] = record;
  });
  std::map<std::uint64_t, std::uint64_t> expiries;
  for (const auto& [key, record] : newest) {
    if (record.kind == log::Kind::kDelete) continue;
    ++clock.live_keys;
    if (record.expires != 0) ++expiries[record.expires];
  }
  for (const auto& [expires, keys] : expiries) clock.expiries.push_back({expires, keys});
  return clock;
}

void sync(log::Log& log) {
  REQUIRE(log.sync(log.position()));
  REQUIRE(log.store_slot(log.position(), false));
}

}  // namespace

void seal_index(Builder& builder, const SealedIndex& how) {
  log::Log& log = builder.log();
  log::Checkpoint checkpoint;
  checkpoint.header = log::encode_header_page(log.page().header, {}).substr(0, log::kSectorSize);
  checkpoint.hash_seed = SealedIndex::kHashSeed;
  checkpoint.covered = log.position();
  checkpoint.clock = clock_of(log.view(), log.page().header, checkpoint.covered.end);
  for (const auto& start : log.validity().epochs()) checkpoint.epochs.push_back(start);
  visit(log.view(), log::kHeaderPageSize, checkpoint.covered.end, [&](const Record& record) {
    if (!record.is_of_all()) return;
    checkpoint.clears.push_back({record.offset, record.seq, record.time});
  });
  std::vector<std::uint64_t> ends = how.run_ends;
  ends.push_back(checkpoint.covered.end);
  std::uint64_t begin = log::kHeaderPageSize;
  for (std::size_t i = 0; i < ends.size(); begin = ends[i++]) {
    SealedIndex::Entries entries;
    std::uint64_t last_seq = 0;
    visit(log.view(), begin, ends[i], [&](const Record& record) {
      last_seq = std::max(record.seq, log.view().base().floor_seq);
      if (record.has_key()) entries[std::string(record.key())] = index::Entry::of(record);
    });
    if (how.entries) how.entries(i, &entries);
    checkpoint.runs.insert(checkpoint.runs.begin(),
                           write_run(log, begin, ends[i], last_seq, entries));
  }
  sync(log);
  if (how.checkpoint) how.checkpoint(&checkpoint);
  const auto offset = log.append_checkpoint(log::encode_checkpoint(checkpoint), kTime);
  REQUIRE(offset.has_value());
  log.name_checkpoint(*offset);
  sync(log);
  if (how.bytes) how.bytes(checkpoint, log.file().data());
}

}  // namespace kvstore::maint::testing
