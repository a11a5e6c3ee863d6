#include "src/store/file_copy.h"

#include <algorithm>
#include <filesystem>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/base/human.h"
#include "src/file/give_name.h"
#include "src/store/planted.h"

namespace kvstore {
namespace {

// Copied at once: large enough to be fast, small enough to be stopped and kept to a rate.
constexpr std::uint64_t kPiece = std::uint64_t{4} << 20;

// The header as stored in the file, without what a slot has raised since.
log::FileHeader header_in(const file::LogFile& file, const log::HeaderPage& page) {
  const auto first = log::load_header(file.data(), 0);
  return first ? *first : log::load_header(file.data(), 1).value_or(page.header);
}

// The newest slot: a writer may have raised its masks since the file was opened.
log::Slot newest_slot(const log::Log& log) {
  const auto slot = log::load_newest_slot(log.file().data(), log.binding());
  return slot ? *slot : log.page().slot;
}

// The epochs that begin before `end`, and a new one that begins there.
std::vector<log::EpochStart> epochs_until(const log::ValidityMap& validity, std::uint64_t end) {
  std::vector<log::EpochStart> epochs;
  std::uint16_t newest = validity.newest_epoch();
  for (const log::EpochStart& start : validity.epochs()) {
    if (start.begin < end) epochs.push_back(start);
  }
  if (++newest == 0) newest = 1;  // 0 stands for "no record yet"
  epochs.push_back({end, newest});
  return epochs;
}

}  // namespace

Status check_target(file::FileSystem& files, const std::string& out, const std::string& source) {
  if (out.empty()) return fail(Code::kUsage, "cannot make a file without a name");
  if (!files.exists(out)) return {};
  if (files.resolve(out) == files.resolve(source)) {
    return fail(Code::kExists, out + " is the database itself", "name another file");
  }
  std::error_code error;
  if (std::filesystem::is_directory(out, error)) {
    return fail(Code::kExists, out + " is a directory", "name a file in it");
  }
  return fail(Code::kExists, out + " exists, and is not replaced", "name another file");
}

Status check_free(const file::FileSystem& files, const std::string& out, std::uint64_t needed) {
  const std::uint64_t room = files.free_bytes(out);
  if (needed <= room) return {};
  return fail(Code::kFull,
              fmt::format("{} takes {} of disk, and there are {}", out, human_size(needed),
                          human_size(room)),
              "free some, or name a file on another disk");
}

Status CopyProgress::note(std::uint64_t bytes) {
  done_ += bytes;
  // The total counts the bytes twice, because the copy is read again.
  if (tell_) tell_(done_ / 2, total_);
  const bool goes_on = pacer_.note(bytes) && !is_cancelled();
  return goes_on ? Status() : Status(cancelled());
}

// Reading the copy back keeps to the rate, too.
void CopyProgress::note_checked(std::uint64_t offset) {
  checked_ = std::min(checked_, offset);  // it may be read once more
  if (offset - checked_ < kPiece) return;
  (void)pacer_.note(offset - checked_);
  checked_ = offset;
  if (tell_) tell_((done_ + offset) / 2, total_);
}

Result<FileCopy> FileCopy::make(const Generation& source, const std::string& out,
                                CopyProgress* progress) {
  KV_TRY(check_target(source.files(), out, source.path()));
  const log::HeaderPage& page = source.log().page();
  const log::FileHeader header = header_in(source.log().file(), page);
  // A process that opens the unfinished file finds it empty.
  log::Slot nothing;
  nothing.last_seq = page.slot.floor_seq;
  nothing.epochs = {{log::kHeaderPageSize, nothing.epoch}};
  KV_ASSIGN(auto made,
            source.files().create_unfinished(out, log::encode_header_page(header, nothing)));
  return FileCopy(source, out, std::move(made), header, progress);
}

FileCopy::FileCopy(const Generation& source, std::string out, file::UnfinishedFile file,
                   const log::FileHeader& header, CopyProgress* progress)
    : files_(source.files()),
      from_path_(source.path()),
      out_(std::move(out)),
      header_(header),
      progress_(*progress),
      file_(std::move(file)) {
  file_.file->expect_name(out_);
  shares_blocks_ = file_.file->can_share_blocks(source.log().file());
}

Status FileCopy::copy(const file::LogFile& from, std::uint64_t end) {
  while (copied_ < end) {
    // Pieces are whole blocks, so that they can be shared.
    const std::uint64_t next = std::min(end, (copied_ / kPiece + 1) * kPiece);
    KV_TRY(file_.file->copy_from(from, copied_, next));
    KV_TRY(progress_.note(next - copied_));
    copied_ = next;
  }
  return {};
}

Status FileCopy::copy_again(const file::LogFile& from, const log::SegmentPlace& segment) {
  return file_.file->copy_from(from, segment.body, segment.body + segment.size);
}

Status FileCopy::close(const Generation& source, const log::Position& end, std::uint64_t checkpoint,
                       std::uint64_t known_us) {
  log::Slot slot = newest_slot(source.log());
  counter_ = std::max(counter_, slot.counter);
  slot.clean = true;
  slot.last_not_in_batch = end.last_not_in_batch;
  slot.last_is_of_all = end.last_is_of_all;
  slot.checkpoint = checkpoint;
  slot.durable_end = end.end;
  slot.last_seq = end.seq;
  slot.prev_key_hash = end.prev_key_hash;
  slot.boot_id = log::boot_id_of(files_);
  slot.time = known_us;
  slot.epochs = epochs_until(*source.log().view().validity, end.end);
  slot.epoch = slot.epochs.back().epoch;
  KV_TRY(file_.file->truncate(end.end));
  std::uint8_t* const page = file_.file->data();
  log::store_header(header_, page);
  const log::Binding binding(header_.file_id);
  for (int i = 0; i < 2; ++i) {  // both slots, so that either may be lost
    slot.counter = ++counter_;
    log::store_slot(slot, binding, page);
  }
  KV_TRY(file_.file->write_back(0, log::kHeaderPageSize));
  return planted::unsynced_backup ? Status() : file_.file->sync();
}

Result<log::HeaderPage> FileCopy::page() const {
  return log::read_header_page(file_.file->data(), file_.file->size(), out_);
}

Result<CheckedCopy> FileCopy::check(const file::LogFile& source) {
  file_.file->forget_cached();
  KV_ASSIGN(const log::HeaderPage read, page());
  const CopyToCheck copy{file_.file.get(), from_path_, read, &source};
  return check_copy(copy, [this](std::uint64_t at) { progress_.note_checked(at); });
}

Status FileCopy::publish() { return publish_copy(files_, file_.name, out_, from_path_); }

Status publish_copy(file::FileSystem& files, file::ProvisionalName& name, const std::string& out,
                    const std::string& like) {
  bool has_it = false;
  return file::give_name(files, name, out, like, file::Onto::kFreeName, &has_it);
}

}  // namespace kvstore
