// The door to the operating system's files, narrow enough that a test can stand
// in for it (tests/support): a database file is a mapping that grows, and five
// operations that can fail.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "src/base/status.h"

namespace kvstore::file {

enum class Mode : std::uint8_t { kReadOnly, kReadWrite };

// An open database file, mapped shared: what is stored through data() is in the
// page cache at once, so a killed process loses nothing; sync() puts it on disk.
//
// Thread rule: data() and size() from any thread; the rest one thread at a time,
// except sync(), which may run beside extend(). Bytes are reached only below
// size(); data() never moves while the file is open.
class LogFile {
 public:
  virtual ~LogFile() = default;  // unmaps, closes and unlocks

  std::uint8_t* data() const { return data_; }
  virtual std::uint64_t size() const = 0;

  // Grows to new_size with real, zeroed room. kFull: nothing changed.
  virtual Status extend(std::uint64_t new_size) = 0;
  virtual Status truncate(std::uint64_t new_size) = 0;
  // Everything stored so far is on the disk when this returns success.
  virtual Status sync() = 0;
  // The next sync writes the bytes [begin, end) even if the system believes
  // them clean: after a failed sync it may, while they never reached the disk.
  virtual void make_dirty(std::uint64_t begin, std::uint64_t end) = 0;
  // A hint: the bytes [begin, end) are about to be synced. They stay in the page
  // cache and readable; only their place in the page tables may be given up, at
  // once instead of page by page while the sync interrupts every other core.
  virtual void before_large_sync(std::uint64_t /*begin*/, std::uint64_t /*end*/) {}
  // Whether [begin, end) holds only zeros, or nothing. Unlike a look through
  // data(), this outlives another process that cuts the file meanwhile: a writer
  // that closes gives back the room it has not used.
  virtual bool is_zero(std::uint64_t begin, std::uint64_t end) const {
    return std::all_of(data() + begin, data() + std::max(begin, std::min(end, size())),
                       [](std::uint8_t byte) { return byte == 0; });
  }
  // kReadOnly: learns of growth by another process.
  virtual Status refresh() = 0;
  // The path still names this very file (it was not replaced), and what is mapped
  // is what a new open would see.
  virtual bool still_at(const std::string& path) const = 0;
  // kReadWrite: an error if the file was removed, replaced, moved away or cut short
  // since it was opened, so that what is stored in it would be lost. sync() asks, too.
  virtual Status check_place() const { return {}; }

  std::uint64_t capacity() const { return capacity_; }  // size() can never pass this

 protected:
  std::uint8_t* data_ = nullptr;
  std::uint64_t capacity_ = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // kNotFound, kPermission, kFormat (not a regular file, or no path of one), kLimit
  // (of descriptors), kLocked (kReadWrite takes the writer's lock; the message names
  // the owner), kIo (the disk failed).
  virtual Result<std::unique_ptr<LogFile>> open(const std::string& path, Mode mode) = 0;
  // Makes a file that holds `content`, durably and at once: it either is not
  // there or is there whole, and is locked by the caller before anybody sees
  // it. kExists if a file that is not empty is there.
  virtual Result<std::unique_ptr<LogFile>> create(const std::string& path,
                                                  std::string_view content) = 0;
  // Writes a new file durably, with owner and mode of the file `like`. kExists if it
  // is there.
  virtual Status save(const std::string& path, std::string_view content,
                      const std::string& like) = 0;
  // Changes at every boot of the machine: 16 bytes.
  virtual std::string boot_id() = 0;
};

// The operating system's. Lives for ever.
FileSystem& system_files();

// The file of a descriptor, which stays the caller's; `path` is what messages
// call it. There is no lock, and it counts as still at its path.
Result<std::unique_ptr<LogFile>> open_unnamed(int descriptor, const std::string& path, Mode mode);

}  // namespace kvstore::file
