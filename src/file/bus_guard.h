// Reading a mapped file can fail where there is no call that could say so: the
// process gets SIGBUS. With the guard installed that costs bytes and no process.
// In the handler a page of zeros takes the place of the one that cannot be read,
// the interrupted instruction runs again, and the record there does not match its
// checksum: whoever asked for it is told as of any damage. What the zeros stand
// for is remembered, and told apart by the file's size:
//
//   unreadable  the file has the page, the disk does not give it. It may hold
//               anything, so it is never taken for the end of the log, and what is
//               stored there is not on its way to the disk.
//   cut off     the file ends before it: in a file mapped for reading, the writer
//               that closed it has given back what it did not use. It is mapped
//               again when the file has grown.
//
// A file mapped for writing that another program cut short is not ours any more:
// the process ends with a message that names the file and the offset.
//
// Thread rule: all of it from any thread. Nothing here costs a read anything.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "src/base/status.h"

namespace kvstore::file {

// Installs the handler; once, early in main(). exit_code: what the process ends
// with where it cannot go on.
void install_bus_guard(int exit_code);

// The same where the process does nothing about SIGBUS yet: for who uses the store as a
// library. A handler of the program's own stays, and then has to do as much.
void install_bus_guard_unless_handled();

// A mapping the handler knows; beyond 64 at a time it knows none. `descriptor` is
// open for as long as it is registered.
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
extern std::atomic<std::uint64_t> g_substitutes;  // pages and ends that zeros stand for, ever
bool has_unreadable(const std::uint8_t* begin, const std::uint8_t* end);
bool has_substitute(const std::uint8_t* begin, const std::uint8_t* end);
}  // namespace detail

// Whether the disk failed to give one of these bytes of a mapping, so far.
inline bool is_unreadable(const std::uint8_t* begin, const std::uint8_t* end) {
  return detail::g_substitutes.load(std::memory_order_acquire) != 0 &&
         detail::has_unreadable(begin, end);
}

// Whether zeros stand for one of these bytes, for whatever reason. For files without
// checksums.
inline bool is_substituted(const std::uint8_t* begin, const std::uint8_t* end) {
  return detail::g_substitutes.load(std::memory_order_acquire) != 0 &&
         detail::has_substitute(begin, end);
}

}  // namespace kvstore::file
