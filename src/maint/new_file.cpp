#include "src/maint/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "src/base/crc32c.h"
#include "src/base/hash.h"
#include "src/base/random.h"
#include "src/file/descriptor.h"
#include "src/file/names.h"
#include "src/file/unfinished.h"

namespace kvstore::maint {
namespace {

// A batch's first head is kept back for the sake of other processes and crashes.
// Nobody reads this file yet, and the next member may be of the same key.
void publish_early(log::Log& log, std::uint64_t offset) {
  std::uint8_t* at = log.file().data() + offset;
  const std::size_t header_size =
      log::kRecordHeaderSize + at[11] * log::kExtensionUnit + load_le<std::uint16_t>(at + 12);
  log::publish_header(log.file().data(), offset,
                      crc32c(log.binding().header_seed(offset), at + 4, header_size - 4));
}

}  // namespace

Status sync_directory_of(const std::string& path) {
  const file::Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file::sync_directory_of(path, fd.get());
}

void copy_owner_and_mode(const std::string& from, const std::string& to) {
  struct stat info {};
  if (::stat(from.c_str(), &info) != 0) return;
  const file::Descriptor fd(::open(to.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd) file::take_owner_and_mode(fd.get(), info);
}

NewFile::NewFile(std::unique_ptr<log::Log> log, std::string path, std::string temporary)
    : log_(std::move(log)),
      path_(std::move(path)),
      temporary_(std::move(temporary)),
      hash_seed_(random_bits()) {}

Result<std::unique_ptr<NewFile>> NewFile::create(file::FileSystem& files, const std::string& path,
                                                 const log::Id& db_id, std::uint64_t floor_seq) {
  file::remove_unfinished(path);
  const std::string temporary = file::unfinished_name(path);
  file::ProvisionalName name(temporary);
  log::Id boot{};
  const std::string boot_bytes = files.boot_id();
  std::copy_n(boot_bytes.begin(), std::min(boot_bytes.size(), boot.size()), boot.begin());
  KV_ASSIGN(auto file, files.create(temporary, log::Log::new_file(db_id, boot, floor_seq)));
  name.given();
  // It may become the copy of a file that only its owner may read.
  ::chmod(temporary.c_str(), 0600);
  const auto page = log::read_header_page(file->data(), file->size(), temporary);
  if (!page) return fail(page.error());
  auto log = std::make_unique<log::Log>(std::move(file), temporary, *page, boot);
  std::unique_ptr<NewFile> made(new NewFile(std::move(log), path, temporary));
  name.keep();
  return made;
}

NewFile::~NewFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

index::Memtable::Place NewFile::locate(std::string_view key, log::Record* newest) {
  const log::View view = log_->pending_view();
  const auto place = newest_.locate(hash_key(key, hash_seed_), [&](std::uint64_t offset) {
    return view.header(offset, newest) == log::HeaderCheck::kValid && newest->key() == key;
  });
  if (place.offset == 0) *newest = {};
  return place;
}

bool NewFile::has(std::string_view key) {
  for (auto record = group_.rbegin(); record != group_.rend(); ++record) {
    if (record->key == key) return record->kind != log::Kind::kDelete;
  }
  log::Record newest;
  locate(key, &newest);
  return newest.at && newest.kind != log::Kind::kDelete;
}

Status NewFile::add(const NewRecord& record, std::uint64_t seq, std::uint64_t time_us) {
  if (!group_.empty() && seq != group_seq_) KV_TRY(flush());
  if (group_.empty()) group_time_ = 0;
  group_seq_ = seq;
  group_time_ = std::max(group_time_, time_us);
  group_.push_back(record);
  return {};
}

Status NewFile::flush() {
  if (group_.empty()) return {};
  const bool batch = group_.size() > 1;
  if (batch) {
    KV_TRY(
        log_->begin_batch_at(static_cast<std::uint32_t>(group_.size()), group_seq_, group_time_));
  }
  bool first = true;
  for (const NewRecord& record : group_) {
    KV_TRY(write_one(record, batch, first));
    first = false;
  }
  if (batch) {
    log_->publish_batch();
    log_->finish_batch();
  }
  records_ += group_.size();
  written_seq_ = group_seq_;
  group_.clear();
  return {};
}

Status NewFile::write_one(const NewRecord& record, bool in_batch, bool first) {
  log::Record previous;
  const auto place = locate(record.key, &previous);
  log::Change change;
  change.kind = record.kind;
  change.type = record.type;
  change.starts = record.starts || !previous.at;
  change.key = record.key;
  change.value = record.value;
  change.expires = record.expires;
  change.lost_size = record.lost_size;
  change.previous = previous.at ? &previous : nullptr;
  KV_ASSIGN(const std::uint64_t offset, in_batch
                                            ? log_->append(change, group_time_)
                                            : log_->append_at(change, group_seq_, group_time_));
  if (in_batch && first) publish_early(*log_, offset);
  newest_.set(place, offset);
  return {};
}

Status NewFile::close() {
  KV_TRY(flush());
  return log_->close();
}

Status NewFile::publish() {
  KV_TRY(file::rename_to_free_name(temporary_, path_));
  temporary_.clear();
  Status synced = sync_directory_of(path_);
  if (!synced) {
    synced.error().message +=
        "; " + path_ + " is written and whole, but a power loss may take it away";
    synced.error().hint = "kvstore verify " + path_;
  }
  return synced;
}

}  // namespace kvstore::maint
