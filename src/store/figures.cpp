// Store::figures().
#include "src/store/figures.h"

#include "src/file/file_system.h"
#include "src/store/core.h"
#include "src/store/store.h"
#include "src/store/writer.h"

namespace kvstore {

StoreFigures Store::figures() {
  StoreFigures figures;
  // Also before the first write, which makes the file: an alarm must not go off then.
  file::FileSystem* const given = core_->options().file_system;
  file::FileSystem& files = given != nullptr ? *given : file::system_files();
  const std::uint64_t free = files.free_bytes(core_->path());
  if (free != UINT64_MAX) figures.free_bytes = free;
  if (!core_->freshen()) return figures;
  const Pin pin = core_->pin();
  if (!pin) return figures;
  figures.live_bytes = core_->compactor().live_bytes();
  if (Writer* const writer = core_->writer_if_open()) writer->add_sync_times(&figures);
  return figures;
}

}  // namespace kvstore
