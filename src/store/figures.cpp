// Store::figures().
#include "src/store/figures.h"

#include "src/store/core.h"
#include "src/store/store.h"
#include "src/store/writer.h"

namespace kvstore {

StoreFigures Store::figures() {
  StoreFigures figures;
  if (!core_->freshen()) return figures;
  const Pin pin = core_->pin();
  if (!pin) return figures;
  figures.free_bytes = pin->files().free_bytes(core_->path());
  figures.live_bytes = core_->compactor().live_bytes();
  if (Writer* const writer = core_->writer_if_open()) writer->add_sync_times(&figures);
  return figures;
}

}  // namespace kvstore
