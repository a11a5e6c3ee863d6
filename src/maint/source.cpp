#include "src/maint/source.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>

#include <fmt/core.h>

#include "src/file/descriptor.h"
#include "src/file/owner.h"
#include "src/log/checkpoint.h"
#include "src/log/resync.h"
#include "src/maint/plain.h"
#include "src/maint/seed.h"
#include "src/maint/text.h"

namespace kvstore::maint {
namespace {

// Takes a shared lock and releases it at once. Called only if the file says that it is in use,
// because a writer that starts at that moment would be refused.
bool is_locked(const std::string& path) {
  const file::Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd || ::flock(fd.get(), LOCK_SH | LOCK_NB) == 0) return false;
  return errno == EWOULDBLOCK;
}

void look_for_writer(Source* source) {
  if (source->closed_cleanly()) return;
  const auto owner = file::find_lock_owner(source->path);
  source->beside_writer = owner.has_value() || is_locked(source->path);
  if (owner) source->writer = file::describe_lock(source->path, *owner).message;
}

// The copy of the header in a CHECKPOINT.
std::optional<log::FileHeader> header_in_checkpoint(const Source& source,
                                                    const log::Binding& binding) {
  const std::uint8_t* const data = source.file->data();
  log::Record record;
  for (std::uint64_t at = log::kHeaderPageSize; at + log::kRecordHeaderSize <= source.limit;
       at += log::kAlignment) {
    if (data[at + 8] != static_cast<std::uint8_t>(log::Kind::kCheckpoint)) continue;
    if (log::read_header(data, at, source.limit, binding, &record) != log::HeaderCheck::kValid ||
        record.kind != log::Kind::kCheckpoint || !log::body_is_valid(record, binding)) {
      continue;
    }
    const auto checkpoint = log::decode_checkpoint(record.stored(), at);
    if (!checkpoint || checkpoint->header.size() != log::kSectorSize) continue;
    const auto* copy = reinterpret_cast<const std::uint8_t*>(checkpoint->header.data());
    const auto header = log::load_header(copy, 0);
    // The id found through the records only has the same CRC.
    if (header && log::Binding(header->file_id).file_crc() == binding.file_crc()) return header;
  }
  return std::nullopt;
}

// Whether there is a base: the slots and a checkpoint tell, too.
void recover_base(const log::Binding& binding, Source* source) {
  log::HeaderPage& page = source->page;
  page.header.floor_seq = page.slot.floor_seq;
  page.header.floor_time = page.slot.floor_time;
  page.header.base_end = page.slot.base_end;
  page.header.incompatible =
      page.slot.incompatible & ~(log::kFeatureReferences | log::kFeatureClears);
  if (page.bad_slots == 2) {
    if (const auto copy = header_in_checkpoint(*source, binding)) {
      page.header.floor_seq = copy->floor_seq;
      page.header.floor_time = copy->floor_time;
      page.header.base_end = copy->base_end;
      page.header.incompatible = copy->incompatible;
    }
  }
  if ((page.header.incompatible & log::kFeatureKeyOrder) == 0) return;
  page.base = {page.header.base_end, page.header.floor_seq};
}

// The header is lost, but the records may tell enough of it. Slots are bound to the same id.
bool recover_page(Source* source) {
  const std::uint8_t* data = source->file->data();
  const auto id = find_file_id(data, source->limit);
  if (!id) return false;
  source->header_lost = true;
  source->page.header.file_id = *id;
  source->page.header.db_id = log::random_id();
  source->page.bad_headers = 2;
  const log::Binding binding(*id);
  log::HeaderPage& page = source->page;
  for (int which = 0; which < 2; ++which) {
    const auto slot = log::load_slot(data, which, binding);
    page.bad_slots += !slot;
    if (slot && slot->counter >= page.slot.counter) page.slot = *slot;
  }
  recover_base(binding, source);
  return true;
}

// A database of an older format is not damaged: the error names the program that reads it.
Error why_unreadable(const Source& source, Error error) {
  if (error.code != Code::kFormat) return error;
  const auto format = detect_plain(source.file->data(), source.limit, source.path);
  if (!format) return error;
  return {Code::kFormat,
          fmt::format("{} is a file of the older format {}, which only convert and reads know",
                      source.path, plain_format_name(*format)),
          fmt::format("kvstore convert {} NEW", quoted_word(source.path))};
}

}  // namespace

Result<Source> open_source(file::FileSystem& files, const std::string& path, file::Mode mode) {
  Source source;
  source.path = path;
  KV_ASSIGN(source.file, files.open(path, mode));
  source.limit = source.file->size();
  if (source.limit == 0) {
    return fail(Code::kFormat, path + " is empty: a new database, with nothing in it yet");
  }
  auto page = log::read_header_page(source.file->data(), source.limit, path);
  // An increment is examined like a database, but never written.
  auto increment = log::read_increment_page(source.file->data(), source.limit, path);
  if (increment && mode != file::Mode::kReadOnly) {
    page.error().hint +=
        "; if it is damaged, make it again: kvstore backup --since BACKUP FILE NEW";
    return fail(std::move(page.error()));
  }
  if (increment) page = std::move(increment);
  if (page) {
    source.page = *page;
    // Read the size after the slot: a writer may have grown the file before it noted in the slot
    // how far it is durable.
    if (mode == file::Mode::kReadOnly) KV_TRY(source.file->refresh());
    source.limit = source.file->size();
  } else if ((page.error().code != Code::kFormat && page.error().code != Code::kIo) ||
             source.limit < log::kHeaderPageSize || !recover_page(&source)) {
    return fail(why_unreadable(source, std::move(page.error())));
  }
  source.binding = std::make_unique<log::Binding>(source.page.header.file_id);
  source.validity = std::make_unique<log::ValidityMap>(source.page.slot.epochs, source.page.base);
  if (!source.page.durable_end_lost()) {
    source.validity->set_known_end(log::known_end_of(source.page.slot));
  }
  source.boot_id = log::boot_id_of(files);
  if (mode == file::Mode::kReadOnly) look_for_writer(&source);
  return source;
}

}  // namespace kvstore::maint
