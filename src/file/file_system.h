// The interface to the operating system's files, small enough to be replaced in tests
// (tests/support): a database file is a growing mapping, with a few operations that can fail.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "src/base/status.h"
#include "src/file/bus_guard.h"

namespace kvstore::file {

enum class Mode : std::uint8_t { kReadOnly, kReadWrite };

// Page sizes of the page cache. Huge pages of 2 MiB, where the system supports them, avoid most
// page-table misses of look-ups; but a sync writes the whole page even if only a byte was stored.
enum class Pages : std::uint8_t { kSmall, kLarge };
constexpr std::uint64_t kLargePage = std::uint64_t{2} << 20;

// An open database file, mapped shared: what is stored through data() is in the page cache at once,
// so a killed process loses nothing; sync() puts it on the disk.
//
// Thread rule: data() and size() on any thread; the rest on one thread at a time, except that
// sync() may run concurrently with extend(). Only bytes below size() may be accessed; data() never
// moves while the file is open.
class LogFile {
 public:
  virtual ~LogFile() = default;  // unmaps, closes and unlocks

  std::uint8_t* data() const { return data_; }
  virtual std::uint64_t size() const = 0;

  // Grows to new_size with allocated, zeroed space. kFull: nothing changed.
  virtual Status extend(std::uint64_t new_size) = 0;
  virtual Status truncate(std::uint64_t new_size) = 0;
  // Call it after storing through data(), before anything depends on what was stored, and before
  // another thread stores to the same pages. Extended space can be stored to, but on a
  // copy-on-write file system a store may need more. kFull: what was stored does not fit and may
  // not be in the file; store what was there before, and call it again. The first page may belong
  // to another thread than the others, so a range has either that page or others. Costs an atomic
  // load.
  Status write_back(std::uint64_t begin, std::uint64_t end) {
    return has_private_copies() ? write_back_copies(begin, end) : Status{};
  }
  // On success everything stored so far is on the disk.
  virtual Status sync() = 0;
  // Makes the next sync write the bytes [begin, end) even if the system considers them clean: after
  // a failed sync it may, although they never reached the disk. Not in the first page. kFull: some
  // cannot be written, because the file system needs space for them.
  virtual Status make_dirty(std::uint64_t begin, std::uint64_t end) = 0;
  // A hint: the bytes [begin, end) will be synced soon. They stay readable in the page cache; only
  // their page-table entries may be dropped, all at once instead of page by page while the sync
  // interrupts all other cores.
  virtual void before_large_sync(std::uint64_t /*begin*/, std::uint64_t /*end*/) {}
  // A hint: [begin, end), below size(), will be stored to soon. One thread at a time, concurrently
  // with everything but truncate().
  virtual void populate(std::uint64_t /*begin*/, std::uint64_t /*end*/, Pages /*pages*/) {}
  // A hint: [begin, end), below size(), to which nothing was stored or is being stored, should use
  // small pages from now on.
  virtual void split_pages(std::uint64_t /*begin*/, std::uint64_t /*end*/) {}
  // A hint: the bytes [begin, end) are not needed any more. Whole pages of them may be freed on the
  // disk, and then read as zeros; the size does not change. Also concurrently with sync(). False:
  // it failed for a reason that may be temporary.
  virtual bool punch(std::uint64_t /*begin*/, std::uint64_t /*end*/) { return true; }
  // Number of the bytes [begin, end), below size(), that are in holes. 0 if the file system does
  // not tell.
  virtual std::uint64_t hole_bytes(std::uint64_t /*begin*/, std::uint64_t /*end*/) const {
    return 0;
  }
  // kReadWrite: stores the bytes [begin, end) of `from` at the same offsets, and grows to hold
  // them. If the file system supports it, both files share the blocks, and holes are kept. Bytes
  // that are stored in `from` meanwhile may be included or not. kFull, kIo: some bytes may have
  // been copied.
  virtual Status copy_from(const LogFile& from, std::uint64_t begin, std::uint64_t end);
  // Whether copy_from() would share blocks, and so need no disk space.
  virtual bool can_share_blocks(const LogFile& /*from*/) { return false; }
  // Whether the file exceeds the memory (src/file/read_ahead.h): only then accesses to old data
  // wait for the disk, and hints on future reads are worth a call.
  virtual bool is_larger_than_memory() const { return false; }
  // A hint: all of [begin, end) will be read soon. Any thread.
  virtual void will_read(std::uint64_t /*begin*/, std::uint64_t /*end*/) const {}
  // A hint, after a sync: later reads of the file come from the disk.
  virtual void forget_cached() {}
  // Approximate free space for the file to grow; UINT64_MAX if the file system does not tell. Only
  // extend() makes sure. Any thread.
  virtual std::uint64_t free_space() const { return UINT64_MAX; }
  // The file's space on the disk: with preallocated space, without holes. size() if the file system
  // does not tell.
  virtual std::uint64_t disk_bytes() const { return size(); }
  // Whether [begin, end) has only zeros, or is beyond the end. Unlike a read through data(), this
  // is safe if another process truncates the file meanwhile, as a writer does when it closes.
  virtual bool is_zero(std::uint64_t begin, std::uint64_t end) const {
    return std::all_of(data() + begin, data() + std::max(begin, std::min(end, size())),
                       [](std::uint8_t byte) { return byte == 0; });
  }
  // A bound for the data: after it, if it is after `from`, there are only holes. At most size().
  virtual std::uint64_t data_end(std::uint64_t /*from*/) const { return size(); }
  // kReadOnly: notices growth by another process.
  virtual Status refresh() = 0;
  // Whether the path still names this file, and the mapping shows what a new open would see.
  virtual bool still_at(const std::string& path) const = 0;
  // kReadWrite: an error if the file was removed, replaced, moved or truncated since it was opened,
  // so that stored bytes would be lost. sync() checks this, too.
  virtual Status check_place() const { return {}; }
  // For a new file that is used before it has its name: sets the name for messages, and makes
  // check_place() succeed until arrive(). Before other threads use the file.
  virtual void expect_name(const std::string& /*path*/) {}
  // The file has its name now. Any thread.
  virtual void arrive() {}
  // Another file will take its name: check_place() succeeds from now on, also a concurrent call.
  // Any thread; arrive() reverts it.
  virtual void leave() {}

  std::uint64_t capacity() const { return capacity_; }  // limit for size()

 protected:
  virtual Status write_back_copies(std::uint64_t /*begin*/, std::uint64_t /*end*/) { return {}; }

  std::uint8_t* data_ = nullptr;
  std::uint64_t capacity_ = 0;
};

struct UnfinishedFile;

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // kNotFound, kPermission, kFormat (not a regular file, or an invalid path), kLimit (of
  // descriptors), kLocked (kReadWrite takes the writer lock; the message names the owner), kIo (the
  // device failed).
  virtual Result<std::unique_ptr<LogFile>> open(const std::string& path, Mode mode) = 0;
  // Creates a file with `content`, durably and atomically: it either does not exist or is complete,
  // and is locked by the caller before others see it. kExists if a file that is not empty exists.
  virtual Result<std::unique_ptr<LogFile>> create(const std::string& path,
                                                  std::string_view content) = 0;
  // Writes a new file durably, with owner and mode of the file `like`. kExists if it exists.
  virtual Status save(const std::string& path, std::string_view content,
                      const std::string& like) = 0;
  // Free bytes at the path for this user; UINT64_MAX: not known.
  virtual std::uint64_t free_bytes(const std::string& /*path*/) const { return UINT64_MAX; }
  // 16 bytes that change at every boot of the machine.
  virtual std::string boot_id() = 0;

  // --- Names, for replacing files. On success the change of a name is durable. If only the sync of
  // the directory failed, the name has changed already, and exists() tells. Open files keep their
  // locks: a new file is locked before it gets the name of an old one.
  //
  // A file system of one unnamed file supports none of these (unnamed.h).

  // Creates a file like create(), beside `path`, to be renamed to it. Only its owner may read it.
  // Leftovers of killed processes are removed.
  virtual Result<UnfinishedFile> create_unfinished(const std::string& path,
                                                   std::string_view content);
  // On success the name at the path is on the disk: the process that gave it may have been killed
  // before that.
  virtual Status sync_name(const std::string& /*path*/) { return {}; }
  // Removes leftovers of create_unfinished() by killed processes beside `path`. Best effort; reads
  // the directory.
  virtual void remove_unfinished(const std::string& /*path*/) {}
  // Gives `from` the owner and mode of the file `like`, as far as permitted, and then atomically
  // the name `to`. Processes that have the former file open keep it.
  virtual Status replace(const std::string& from, const std::string& to, const std::string& like);
  // The same for a free name: kExists if it is taken.
  virtual Status rename(const std::string& from, const std::string& to, const std::string& like);
  // Gives a file a second name. kExists. If the file system has no links the file is renamed, and
  // exists(from) is false.
  virtual Status link(const std::string& from, const std::string& to);
  // Removes a name; it may return after a power loss. Best effort.
  virtual void remove(const std::string& path);
  // Whether the name exists, even as a dangling link.
  virtual bool exists(const std::string& path) const;
  // The path of the file itself, with symbolic links resolved.
  virtual std::string resolve(const std::string& path);
};

// A name that is removed at the end, unless it is kept.
class ProvisionalName {
 public:
  ProvisionalName(FileSystem& files, std::string path) : files_(&files), path_(std::move(path)) {}
  ~ProvisionalName() {
    if (given_) files_->remove(path_);
  }
  ProvisionalName(ProvisionalName&& other) noexcept
      : files_(other.files_),
        path_(std::move(other.path_)),
        given_(std::exchange(other.given_, false)) {}
  ProvisionalName& operator=(ProvisionalName&&) = delete;
  const std::string& path() const { return path_; }
  void given() { given_ = true; }  // the file has the name now
  void keep() { given_ = false; }

 private:
  FileSystem* files_;
  std::string path_;
  bool given_ = false;
};

// An unfinished file. Its name is removed with it, unless FileSystem has renamed it: then call
// keep(). The name is removed while the file is open and locked.
struct UnfinishedFile {
  std::unique_ptr<LogFile> file;
  ProvisionalName name;
};

// The operating system's files. Never destroyed.
FileSystem& system_files();

// The file of a descriptor, which still belongs to the caller; `path` is for messages. There is no
// lock, and still_at() is true.
Result<std::unique_ptr<LogFile>> open_unnamed(int descriptor, const std::string& path, Mode mode);

}  // namespace kvstore::file
