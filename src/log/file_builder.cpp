#include "src/log/file_builder.h"

#include <algorithm>

#include "src/base/check.h"
#include "src/file/give_name.h"

namespace kvstore::log {
namespace {

// A batch's first head is normally stored last, for other processes and crashes. No process reads
// this file yet, and the next member may be of the same key.
void publish_early(Log& log, std::uint64_t offset) {
  std::uint8_t* const data = log.file().data();
  publish_header(data, offset, head_crc(data, offset, log.binding()));
}

}  // namespace

bool OneKeyAtATime::find(const View& view, std::string_view key, Record* newest) {
  const bool found =
      offset_ != 0 && view.header(offset_, newest) == HeaderCheck::kValid && newest->key() == key;
  if (!found) *newest = {};
  return found;
}

FileBuilder::FileBuilder(file::FileSystem& files, std::string path, file::ProvisionalName name,
                         std::unique_ptr<Log> log, NewestRecords* keys, const Floor& floor)
    : files_(files),
      path_(std::move(path)),
      log_(std::move(log)),
      name_(std::move(name)),
      keys_(keys),
      floor_seq_(floor.has_base ? floor.seq : 0),
      is_increment_(floor.increment.has_value()),
      in_base_(floor.has_base),
      written_seq_(floor_seq_) {
  log_->populate_as_it_grows();
}

Result<std::unique_ptr<FileBuilder>> FileBuilder::create(file::FileSystem& files,
                                                         const std::string& path, const Id& db_id,
                                                         const Floor& floor, NewestRecords* keys) {
  const Id boot = boot_id_of(files);
  KV_ASSIGN(auto made, files.create_unfinished(path, Log::new_file(db_id, boot, floor)));
  const std::string& name = made.name.path();
  const auto read = floor.increment ? read_increment_page : read_header_page;
  const auto page = read(made.file->data(), made.file->size(), name);
  if (!page) return fail(page.error());
  auto log = std::make_unique<Log>(std::move(made.file), name, *page, boot);
  return std::unique_ptr<FileBuilder>(
      new FileBuilder(files, path, std::move(made.name), std::move(log), keys, floor));
}

bool FileBuilder::has(std::string_view key) {
  for (auto record = group_.rbegin(); record != group_.rend(); ++record) {
    if (record->kind == Kind::kClear) return false;
    if (record->key == key) return record->kind != Kind::kDelete;
  }
  Record newest;
  return keys_->find(log_->pending_view(), key, &newest) && newest.kind != Kind::kDelete &&
         newest.offset > last_clear_;
}

Status FileBuilder::add(const NewRecord& record, std::uint64_t seq, std::uint64_t time_us) {
  if (in_base_ && seq > floor_seq_) KV_TRY(end_base());
  KV_CHECK(in_base_ ? seq > 0 : seq >= last_seq() && seq > floor_seq_);
  if (!group_.empty() && seq != group_seq_) KV_TRY(flush());
  if (group_.empty()) group_time_ = 0;
  group_seq_ = seq;
  group_time_ = std::max(group_time_, time_us);
  group_.push_back(record);
  return in_base_ ? flush() : Status();
}

Result<Position> FileBuilder::end_base() {
  KV_CHECK(in_base_);
  KV_TRY(flush());
  KV_TRY(log_->end_base());
  in_base_ = false;
  return log_->position();
}

Status FileBuilder::flush() {
  if (failure_) return fail(*failure_);
  Status written = write_group();
  if (!written) failure_ = written.error();
  return written;
}

Status FileBuilder::write_group() {
  if (group_.empty()) return {};
  const bool batch = group_.size() > 1;
  if (batch) log_->begin_batch(static_cast<std::uint32_t>(group_.size()));
  bool first = true;
  for (const NewRecord& record : group_) {
    KV_TRY(write_one(record, batch, first));
    first = false;
  }
  if (batch) KV_TRY(log_->finish_batch());
  records_ += group_.size();
  written_seq_ = std::max(group_seq_, floor_seq_);
  group_.clear();
  return {};
}

// In an increment CLEARs are not linked.
Status FileBuilder::write_clear(bool opens_batch) {
  Change change;
  change.kind = Kind::kClear;
  change.type = 0;
  if (!is_increment_) change.previous.offset = last_clear_;
  KV_ASSIGN(last_clear_, log_->append(change, group_seq_, group_time_));
  if (opens_batch) publish_early(*log_, last_clear_);
  return {};
}

Status FileBuilder::write_one(const NewRecord& record, bool in_batch, bool first) {
  if (record.kind == Kind::kClear) return write_clear(in_batch && first);
  Record previous;
  const bool has_previous = keys_->find(log_->pending_view(), record.key, &previous);
  Change change;
  change.kind = record.kind;
  change.type = record.type;
  change.starts = record.starts || (!has_previous && !is_increment_);
  change.key = record.key;
  change.value = record.value;
  change.expires = record.expires;
  change.raw_size = record.raw_size;
  change.encoding = record.encoding;
  change.source = record.source;
  change.is_written_out = record.is_written_out;
  change.previous = ChainTail::of(previous);
  KV_ASSIGN(const std::uint64_t offset, log_->append(change, group_seq_, group_time_));
  if (in_batch && first) publish_early(*log_, offset);
  keys_->set(offset);
  return {};
}

Status FileBuilder::close(std::uint64_t known_us) {
  KV_TRY(flush());
  if (in_base_) KV_TRY(end_base());
  return log_->close(known_us);
}

Status FileBuilder::publish(const std::string& like) {
  return file::give_name(files_, name_, path_, like, file::Onto::kFreeName, &has_its_name_);
}

Status FileBuilder::replace(const std::string& like) {
  return file::give_name(files_, name_, path_, like, file::Onto::kOldFile, &has_its_name_);
}

}  // namespace kvstore::log
