// Reading a mapped file may fail with SIGBUS, because no call could return an error. With this
// guard installed, the process continues. The handler replaces the unreadable page by zeros and the
// interrupted instruction is repeated; the record there does not match its checksum, so its reader
// gets an error as for any damage. The replaced pages are recorded, in two classes by the file's
// size:
//
//   unreadable  the page is within the file, but the device cannot read it. It may have held
//               anything, so it is never taken for the end of the log, and what is stored
//               there will not reach the disk.
//   cut off     the file ends before it: in a file mapped for reading, the writer that closed
//               it has truncated the unused space. It is mapped again when the file has grown.
//
// Storing may fail, too: a copy-on-write file system needs new space even for a page that was
// preallocated or written before. Then the page is readable, but the store faults. The handler
// replaces the page by a private copy, so that the instruction is repeated and goes on. The bytes
// stored there are not in the file, until the thread that stored them calls write_back(): before
// anything depends on them, and before another thread stores to these pages. There are two areas of
// such pages in a mapping, because different threads store to them: the first page, and all others.
//
// If another program truncates a file that is mapped for writing, the process ends with a message
// that names the file and the offset.
//
// Thread rule: any thread. Reads have no additional cost.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "src/base/status.h"

namespace kvstore::file {

// Installs the handler; once, early in main(). exit_code: the exit code if the process cannot
// continue.
void install_bus_guard(int exit_code);

// The same if the process does not handle SIGBUS yet, for programs that use the store as a library.
// A program's own handler is kept, and must do the same.
void install_bus_guard_unless_handled();

// A mapping that the handler knows; at most 64 at a time. `descriptor` stays open while it is
// registered.
struct GuardedMapping {
  void* base = nullptr;
  std::size_t size = 0;
  int descriptor = -1;
  bool writable = false;
  const std::string& path;
};
void register_mapping(const GuardedMapping& mapping);
void unregister_mapping(const void* base);

// Maps the file again from where it was cut off, if it has pages there now.
Status map_grown_end(void* base, std::uint64_t file_size);

// What write_back() does with a private copy that has the file's bytes.
enum class Unchanged : std::uint8_t { kRelease, kWrite };

// Writes the private copies of the area that [begin, end) is in to the file, the last first, and
// maps the file there again. kFull: the first that does not fit remains, and so does what is before
// it; the page in which a record begins is written last. The caller either tries again later, or
// stores what the file has there; then the next call releases them. A page that the device cannot
// write becomes unreadable, as above, and is no error here.
Status write_back(void* base, std::uint64_t begin, std::uint64_t end,
                  Unchanged unchanged = Unchanged::kRelease);

namespace detail {
extern std::atomic<std::uint64_t> g_substitutes;  // total number of replaced pages and ends
extern std::atomic<std::uint64_t> g_held_areas;   // number of areas with private copies
bool has_unreadable(const std::uint8_t* begin, const std::uint8_t* end);
bool has_substitute(const std::uint8_t* begin, const std::uint8_t* end);
}  // namespace detail

// Whether a mapping of this process has private copies, also those of this thread's last store.
// Costs nothing but an atomic load.
inline bool has_private_copies() {
  std::atomic_signal_fence(std::memory_order_seq_cst);  // not before the store
  return detail::g_held_areas.load(std::memory_order_relaxed) != 0;
}

// Whether the device has failed to read one of these bytes of a mapping.
inline bool is_unreadable(const std::uint8_t* begin, const std::uint8_t* end) {
  return detail::g_substitutes.load(std::memory_order_acquire) != 0 &&
         detail::has_unreadable(begin, end);
}

// Whether one of these bytes was replaced by zeros, for any reason. For files without checksums.
inline bool is_substituted(const std::uint8_t* begin, const std::uint8_t* end) {
  return detail::g_substitutes.load(std::memory_order_acquire) != 0 &&
         detail::has_substitute(begin, end);
}

}  // namespace kvstore::file
