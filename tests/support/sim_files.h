// A file system in memory that knows which bytes were synced, and can fail.
//
// Like a disk behind a page cache: what a store writes is in memory at once, and
// on the disk after a sync; crash_image() is what a power loss could leave: any
// subset of the 512-byte sectors written since the last sync, in any order, and
// the file's length before or after each change of it; and any subset of the names
// that were changed since their directory was synced.
//
// Thread rule: as LogFile's; faults and images are set while nothing runs, or
// from a hook.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/memory_files.h"

namespace kvstore::testing {

// What survives a crash: a file as the next boot finds it.
using Image = std::string;
using Directory = std::map<std::string, Image>;

enum class Loss : std::uint8_t {
  kNothing,      // all was written back: a kill, or a lucky power loss
  kEverything,   // nothing since the last sync
  kRandom,       // each sector by a coin of random bias
  kOneSector,    // all but one
  kOnePage,      // all but one 4 KiB page
  kTail,         // all before a sector, nothing behind it
  kHead,         // nothing before a sector, all behind it
};
inline constexpr int kLossCount = 7;

class SimFiles final : public MemoryFiles {
 public:
  SimFiles();
  ~SimFiles() override;

  Image disk(const std::string& path) const;  // as of the last sync; during one, a part of it
  Image crash_image(const std::string& path, Loss loss, std::mt19937_64& random) const;
  // The whole directory as power losses could leave it: each subset of the names that may
  // not be on the disk yet, with files that have lost what `loss` says.
  std::vector<Directory> crash_directories(Loss loss, std::mt19937_64& random) const;

  // --- faults
  std::function<Status()> on_sync;             // before a sync; an error fails it
  // A failed sync, as Linux does it: the pages are clean afterwards, and lost.
  bool failed_sync_drops_pages = true;
  bool skip_syncs = false;                     // a planted bug: says yes, does nothing
  std::function<void()> on_change_of_size;     // before one
  std::function<Status()> on_change_of_name;   // before one, and before the directory's sync
  bool skip_directory_syncs = false;           // a planted bug
  std::atomic<std::uint64_t> syncs{0};

 private:
  class SyncedFile;
  struct Disk;
  std::shared_ptr<Content> make_content(std::string_view bytes) override;
  std::unique_ptr<file::LogFile> make_file(std::shared_ptr<Content> content, bool locks) override;
  Status change_names(const NameChange& change) override;
  Status sync_name(const std::string& path) override;
  const Disk& disk_of(const std::string& path) const;
  static Image crash_image_of(const Disk& disk, Loss loss, std::mt19937_64& random);

  Names names_after(std::size_t subset) const;

  Names synced_;                      // before the changes of names that are not synced
  std::vector<NameChange> unsynced_;  // those
};

}  // namespace kvstore::testing
