#include "src/maint/convert.h"

#include <algorithm>
#include <new>

#include <fmt/core.h>

#include "src/base/clock.h"
#include "src/file/bus_guard.h"
#include "src/log/identity.h"
#include "src/maint/newest_of_keys.h"
#include "src/maint/text.h"

namespace kvstore::maint {
namespace {

// One batch: the whole value becomes visible at once, whatever the number of records.
Status add_value(const PlainRecord& record, std::uint64_t piece_size, std::uint64_t seq,
                 std::uint64_t now, log::FileBuilder* to) {
  std::string_view rest = record.value;
  log::NewRecord part;
  part.kind = log::Kind::kSet;
  part.key = record.key;
  do {
    part.value = rest.substr(0, piece_size);
    KV_TRY(to->add(part, seq, now));
    rest.remove_prefix(part.value.size());
    part.kind = log::Kind::kAppend;
    part.starts = false;
  } while (!rest.empty());
  return {};
}

Status add_deletion(const PlainRecord& record, std::uint64_t seq, std::uint64_t now,
                    log::FileBuilder* to) {
  log::NewRecord deletion;
  deletion.kind = log::Kind::kDelete;
  deletion.type = 0;
  deletion.key = record.key;
  return to->add(deletion, seq, now);
}

Status copy_records(PlainReader& reader, const ConvertOptions& options, log::FileBuilder* to,
                    ConvertReport* report, const Progress& progress) {
  const std::uint64_t now = believed_now_us();
  while ((report->stop = reader.next()) == PlainReader::Step::kRecord) {
    const PlainRecord& record = reader.record();
    const bool there = to->has(record.key);
    ++report->records;
    report->tombstones += record.is_tombstone;
    report->keys += !record.is_tombstone && !there;
    report->keys -= record.is_tombstone && there;
    const std::uint64_t seq = to->last_seq() + 1;
    if (!record.is_tombstone) {
      KV_TRY(add_value(record, options.piece_size, seq, now, to));
    } else if (there) {
      KV_TRY(add_deletion(record, seq, now, to));
    }
    if (progress) progress(record.offset);
  }
  report->stop_offset = reader.offset();
  report->reason = reader.reason();
  return {};
}

}  // namespace

ExitCode ConvertReport::exit_code() const {
  switch (stop) {
    case PlainReader::Step::kTorn:
      return ExitCode::kTornTail;
    case PlainReader::Step::kBad:
      return ExitCode::kDamaged;
    default:
      return ExitCode::kDone;
  }
}

std::string ConvertReport::to_string(const std::string& old_path) const {
  std::string text = fmt::format("read {} ({}) of {}, {}; {} live", plural(records, "record"),
                                 plural(tombstones, "tombstone"), harmless(old_path),
                                 plain_format_name(format), plural(keys, "key"));
  if (stop == PlainReader::Step::kEnd) return text;
  return text + fmt::format("\n{} at offset {}: {}; the last {} of {} were not read",
                            stop == PlainReader::Step::kTorn ? "torn" : "DAMAGED",
                            with_commas(stop_offset), reason, bytes_text(old_size - stop_offset),
                            with_commas(old_size));
}

Result<ConvertReport> convert_into(file::FileSystem& files, const std::string& old_path,
                                   log::FileBuilder* to, const ConvertOptions& options,
                                   const Progress& progress) try {
  KV_ASSIGN(const auto old, files.open(old_path, file::Mode::kReadOnly));
  ConvertReport report;
  report.old_size = old->size();
  if (options.format) {
    report.format = *options.format;
    if (old->size() == 0) return fail(Code::kFormat, old_path + " is empty");
  } else {
    KV_ASSIGN(report.format, detect_plain(old->data(), old->size(), old_path));
  }
  PlainReader reader(old->data(), old->size(), report.format);
  KV_TRY(copy_records(reader, options, to, &report, progress));
  KV_TRY(to->flush());  // reads the last record, too
  // Without checksums only this detects pages that could not be read.
  if (file::is_substituted(old->data(), old->data() + old->size())) {
    return fail(
        Code::kIo,
        fmt::format("cannot read all of {}: the disk failed, or another program cut it short",
                    old_path),
        "what is missing cannot be told from what was there, so nothing was written");
  }
  if (report.records == 0) {
    return fail(Code::kFormat, fmt::format("{} has no records of format {}: {}", old_path,
                                           plain_format_name(report.format), report.reason));
  }
  KV_TRY(to->close());
  return report;
} catch (const std::bad_alloc&) {
  return fail(Code::kMemory, old_path + ": not enough memory for the index of its keys");
}

Result<ConvertReport> convert(file::FileSystem& files, const std::string& old_path,
                              const std::string& new_path, const ConvertOptions& options,
                              const Progress& progress) try {
  if (files.exists(new_path)) {
    return fail(Code::kExists, new_path + " exists", "name a file that does not");
  }
  NewestOfKeys keys;
  KV_ASSIGN(auto to, log::FileBuilder::create(files, new_path, log::random_id(), {}, &keys));
  KV_ASSIGN(const auto report, convert_into(files, old_path, to.get(), options, progress));
  KV_TRY(to->publish(old_path));
  return report;
} catch (const std::bad_alloc&) {
  return fail(Code::kMemory, old_path + ": not enough memory for the index of its keys");
}

}  // namespace kvstore::maint
