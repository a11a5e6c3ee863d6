#include "src/store/increment.h"

#include <algorithm>
#include <deque>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/store/planted.h"
#include "src/store/tail_copy.h"

namespace kvstore {
namespace {

using log::Kind;
using log::Record;

constexpr const char* kNeedsWhole = "a whole backup: kvstore backup FILE OUT";

// An increment has no chains: each record stands alone.
class NoneBefore final : public log::NewestRecords {
 public:
  bool find(const log::View&, std::string_view, Record* newest) override {
    *newest = {};
    return false;
  }
  void set(std::uint64_t) override {}
};

bool is_of_a_store(const Record& record) {
  if (record.is_encoded()) return false;
  switch (record.kind) {
    case Kind::kSet:
    case Kind::kAppend:
    case Kind::kDelete:
    case Kind::kHole:
    case Kind::kGap:
    case Kind::kClear:
    case Kind::kRef:
      return true;
    default:
      return false;
  }
}

log::NewRecord copy_of(const Record& record) {
  log::NewRecord copy;
  copy.kind = record.kind;
  copy.type = record.type;
  copy.starts = record.begins_anew();
  copy.key = record.key();
  if (record.has_own_bytes()) copy.value = record.stored();  // else in a base
  copy.expires = record.expires;
  copy.raw_size = record.kind == Kind::kGap ? record.raw_size : 0;
  copy.is_written_out = (record.flags & log::kWrittenOut) != 0;
  return copy;
}

bool ends_as_written(const log::HeaderPage& page, std::uint64_t size) {
  const log::Slot& slot = page.slot;
  if (!slot.clean || slot.durable_end != size) return false;
  const std::uint64_t until = page.header.increment.until_seq;
  const bool is_empty = until == page.header.floor_seq && size == log::kHeaderPageSize;
  return is_empty || slot.last_seq == until;
}

tl::unexpected<Error> went_another_way(const std::string& path, const std::string& other,
                                       std::uint64_t seq) {
  return fail(Code::kConflict,
              fmt::format("{} and {} differ before version {}: they have gone different ways", path,
                          other, seq),
              kNeedsWhole);
}

tl::unexpected<Error> of_another(const std::string& path, const std::string& other) {
  return fail(Code::kConflict, fmt::format("{} is of another database than {}", path, other),
              "a backup and increments of one database (kvstore verify shows the db_id)");
}

}  // namespace

// --- Reading.

IncrementFile::IncrementFile(std::unique_ptr<file::LogFile> file, const log::HeaderPage& page,
                             const std::string& path)
    : file_(std::move(file)),
      page_(page),
      binding_(page.header.file_id),
      validity_(page.slot.epochs),
      source_{path,
              {file_->data(), page.slot.durable_end, &binding_, file_.get(), &validity_},
              page.header.db_id,
              page.header.floor_seq,
              page.header.floor_time,
              page.header.increment.until_seq,
              0} {}

Result<std::unique_ptr<IncrementFile>> IncrementFile::open(file::FileSystem& files,
                                                           const std::string& path) {
  KV_ASSIGN(auto file, files.open(path, file::Mode::kReadOnly));
  KV_ASSIGN(const auto page, log::read_increment_page(file->data(), file->size(), path));
  if (!ends_as_written(page, file->size())) {
    return fail(Code::kDamaged, path + " is damaged: it does not end as it was written",
                "another copy of it, or " + std::string(kNeedsWhole));
  }
  return std::unique_ptr<IncrementFile>(new IncrementFile(std::move(file), page, path));
}

Status check_follows(const IncrementFile& increment, const LogSource& end) {
  const std::uint64_t since = increment.since_seq();
  if (increment.source().db_id != end.db_id) return of_another(increment.path(), end.path);
  if (since == end.last_seq) return {};
  return fail(Code::kConflict,
              fmt::format("{} continues after version {}, but {} ends with version {}",
                          increment.path(), since, end.path, end.last_seq),
              "the increments in the order in which they were made, each once");
}

Status check_continues(const IncrementFile& increment, const LogSource& copy) {
  KV_TRY(check_follows(increment, copy));
  const std::uint64_t since = increment.since_seq();
  if (planted::unproven_increment) return {};
  KV_ASSIGN(const LogPlace end, find_seq(copy, since));
  KV_ASSIGN(const ContentHash hash, hash_versions(copy, increment.increment().window_seq, since));
  const bool is_same =
      end.time_us == increment.since_time() && hash == increment.increment().window_hash;
  return is_same ? Status() : went_another_way(increment.path(), copy.path, since);
}

// --- Writing.

Status IncrementWriter::since(std::uint64_t seq) {
  if (seq < from_.floor_seq) {
    return fail(Code::kPurged,
                fmt::format("{} keeps no history before version {}, so what was deleted after "
                            "version {} is not known any more",
                            from_.path, from_.floor_seq, seq),
                kNeedsWhole);
  }
  KV_ASSIGN(const LogPlace place, find_seq(from_, seq));
  if (place.position.seq != seq) {
    return fail(Code::kNumber,
                fmt::format("there is no version {} in {}, which ends with version {}", seq,
                            from_.path, from_.last_seq),
                "the version at which a backup ends, or the backup itself");
  }
  floor_.seq = seq;
  floor_.time_us = place.time_us;
  begin_ = place.position;
  if (!floor_.increment) {
    KV_ASSIGN(const std::uint64_t window, choose_window(from_, seq, from_.floor_seq));
    floor_.increment = log::Increment{from_.last_seq, window, {}};
  }
  KV_ASSIGN(floor_.increment->window_hash, hash_versions(from_, floor_.increment->window_seq, seq));
  return {};
}

Status IncrementWriter::since_file(const std::string& path) {
  if (auto increment = IncrementFile::open(files_, path)) {
    return since_source((*increment)->source());
  } else if (increment.error().code != Code::kFormat) {
    return fail(std::move(increment.error()));
  }
  Options options;
  options.read_only = true;
  options.file_system = &files_;
  ReclamationEpochs epochs;
  KV_ASSIGN(const auto past, Generation::open(path, options, false, epochs));
  // Records lost at its end cannot be told from what was written since.
  if (const std::uint64_t lost = past->damage().lost_end()) {
    return fail(Code::kDamaged,
                fmt::format("{} is damaged: offset {}: the end of the log is missing", path, lost),
                "another copy of it, or " + std::string(kNeedsWhole));
  }
  const log::Log& log = past->log();
  return since_source(LogSource::of(*past, log.end(), log.last_seq(), log.checkpoint()));
}

// Compares the two as far back as both have the versions.
Status IncrementWriter::since_source(const LogSource& past) {
  if (past.db_id != from_.db_id) return of_another(past.path, from_.path);
  const std::uint64_t seq = past.last_seq;
  if (seq > from_.last_seq) {
    return fail(Code::kConflict,
                fmt::format("{} ends with version {}, after version {}, the newest of {}",
                            past.path, seq, from_.last_seq, from_.path),
                kNeedsWhole);
  }
  if (seq >= from_.floor_seq) {
    const std::uint64_t least = std::max(past.floor_seq, from_.floor_seq);
    KV_ASSIGN(const std::uint64_t window, choose_window(from_, seq, std::min(least, seq)));
    floor_.increment = log::Increment{from_.last_seq, window, {}};
  }
  KV_TRY(since(seq));
  KV_ASSIGN(const LogPlace end, find_seq(past, seq));
  KV_ASSIGN(const ContentHash hash, hash_versions(past, floor_.increment->window_seq, seq));
  const bool is_same = end.time_us == floor_.time_us && hash == floor_.increment->window_hash;
  return is_same ? Status() : went_another_way(past.path, from_.path, seq);
}

Status IncrementWriter::write(std::uint64_t known_us) {
  KV_TRY(check_target(files_, out_, from_.path));
  KV_TRY(check_free(files_, out_, log::kHeaderPageSize + from_.view.limit - begin_.end));
  progress_.expect(from_.view.limit - begin_.end);
  keys_ = std::make_unique<NoneBefore>();
  KV_ASSIGN(builder_, log::FileBuilder::create(files_, out_, from_.db_id, floor_, keys_.get()));
  KV_TRY(add_all());
  KV_TRY(builder_->close(known_us));
  KV_TRY(verify());
  return builder_->publish(from_.path);
}

Status IncrementWriter::add_all() {
  LogReader reader(from_.view, from_.path, begin_);
  while (true) {
    const std::uint64_t before = reader.at();
    KV_ASSIGN(const bool is_there, reader.next());
    if (!is_there) break;
    const Record& record = reader.record();
    if (!record.takes_seq()) continue;
    if (!log::body_is_valid(record, *from_.view.binding)) {
      return unreadable_record(from_.path, record.offset);
    }
    if (!is_of_a_store(record)) return fail(log::newer_record(record));
    if (!group_.empty() && record.seq != group_.front().seq) KV_TRY(add_group());
    group_.push_back(record);
    KV_TRY(progress_.note(reader.at() - before));
  }
  return planted::short_increment ? Status() : add_group();
}

Status IncrementWriter::add_group() {
  std::deque<WrittenOut> written_out;
  for (const Record& record : group_) {
    KV_TRY(record.is_reference() ? write_out(record, &written_out.emplace_back(from_.view, record))
                                 : builder_->add(copy_of(record), record.seq, record.time));
  }
  group_.clear();
  return written_out.empty() ? Status() : builder_->flush();
}

// Writes the bytes of a REF, because what it names may be missing in the copy that the increment is
// applied to.
Status IncrementWriter::write_out(const Record& record, WrittenOut* bytes) {
  KV_TRY(bytes->prepare());
  log::NewRecord part = copy_of(record);
  part.is_written_out = true;
  for (const WrittenOut::Part& one : bytes->parts()) {
    part.kind = one.kind();
    part.source = one.is_lost() ? nullptr : &one;
    part.raw_size = one.is_lost() ? one.size() : 0;
    KV_TRY(builder_->add(part, record.seq, record.time));
    part.starts = false;
  }
  return {};
}

Status IncrementWriter::verify() {
  file::LogFile& file = builder_->log().file();
  size_ = file.size();
  file.forget_cached();
  KV_ASSIGN(const auto page, log::read_increment_page(file.data(), file.size(), out_));
  const CopyToCheck copy{&file, out_, page, nullptr};
  KV_ASSIGN(const CheckedCopy checked, check_copy(copy, [](std::uint64_t) {}));
  if (checked.own.count == 0 && ends_as_written(page, file.size())) return {};
  return fail(Code::kIo, out_ + ": what was written is not there: " + checked.own.first,
              "check the disk that it is on, and try again");
}

}  // namespace kvstore
