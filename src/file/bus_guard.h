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

namespace detail {
extern std::atomic<std::uint64_t> g_substitutes;  // total number of replaced pages and ends
bool has_unreadable(const std::uint8_t* begin, const std::uint8_t* end);
bool has_substitute(const std::uint8_t* begin, const std::uint8_t* end);
}  // namespace detail

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
