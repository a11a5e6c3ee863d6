// The door to the operating system's files, narrow enough that a test can stand
// in for it (tests/support): a database file is a mapping that grows, and five
// operations that can fail.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "src/base/status.h"

namespace kvstore::file {

enum class Mode : std::uint8_t { kReadOnly, kReadWrite };

// Of the page cache. Large ones of 2 MiB, where the system has them, spare look-ups most of their
// misses in the page tables; but a sync writes the whole page of which a byte was stored.
enum class Pages : std::uint8_t { kSmall, kLarge };
constexpr std::uint64_t kLargePage = std::uint64_t{2} << 20;

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
  // A hint: [begin, end), below size(), is about to be stored to. One thread at a time, beside
  // the rest but truncate().
  virtual void populate(std::uint64_t /*begin*/, std::uint64_t /*end*/, Pages /*pages*/) {}
  // A hint: [begin, end), below size(), in which nothing was ever stored, and nothing is meanwhile,
  // shall be in small pages from now on.
  virtual void split_pages(std::uint64_t /*begin*/, std::uint64_t /*end*/) {}
  // A hint: nobody needs the bytes [begin, end) any more. Whole pages of them may go back to
  // the disk, and then read as zeros; the size stays. Beside sync(), too. False: not this time,
  // for a reason that may pass.
  virtual bool punch(std::uint64_t /*begin*/, std::uint64_t /*end*/) { return true; }
  // How many of the bytes [begin, end), below size(), take no room on the disk: holes. 0 where
  // the file system does not tell.
  virtual std::uint64_t hole_bytes(std::uint64_t /*begin*/, std::uint64_t /*end*/) const {
    return 0;
  }
  // kReadWrite: stores the bytes [begin, end) of `from`, at the same offsets, and grows to hold
  // them. Where the file system can, both files share the blocks from then on, and holes of the one
  // are holes of the other. Bytes that are stored in `from` meanwhile may be in it or not. kFull,
  // kIo: some may be there.
  virtual Status copy_from(const LogFile& from, std::uint64_t begin, std::uint64_t end);
  // Whether copy_from() would share blocks, and so need no space on the disk.
  virtual bool can_share_blocks(const LogFile& /*from*/) { return false; }
  // Whether memory cannot hold it (src/file/read_ahead.h): then, and only then, a look at what was
  // not read lately waits for the disk, and hints that something will be read are worth a call.
  virtual bool is_larger_than_memory() const { return false; }
  // A hint: [begin, end) will be read soon, all of it. Any thread.
  virtual void will_read(std::uint64_t /*begin*/, std::uint64_t /*end*/) const {}
  // A hint, after a sync: what is read of the file from now on comes from the disk.
  virtual void forget_cached() {}
  // How much space the disk may have for the file to grow; as much as can be where the file system
  // does not tell. That so much is there extend() alone finds out. Any thread.
  virtual std::uint64_t free_space() const { return UINT64_MAX; }
  // What the file takes on the disk: preallocated space counts, holes do not. size() where the
  // file system does not tell.
  virtual std::uint64_t disk_bytes() const { return size(); }
  // Whether [begin, end) holds only zeros, or nothing. Unlike a look through
  // data(), this outlives another process that cuts the file meanwhile: a writer
  // that closes gives back the room it has not used.
  virtual bool is_zero(std::uint64_t begin, std::uint64_t end) const {
    return std::all_of(data() + begin, data() + std::max(begin, std::min(end, size())),
                       [](std::uint8_t byte) { return byte == 0; });
  }
  // Behind it, if it is behind `from`, there is nothing but holes. At most size().
  virtual std::uint64_t data_end(std::uint64_t /*from*/) const { return size(); }
  // kReadOnly: learns of growth by another process.
  virtual Status refresh() = 0;
  // The path still names this very file (it was not replaced), and what is mapped
  // is what a new open would see.
  virtual bool still_at(const std::string& path) const = 0;
  // kReadWrite: an error if the file was removed, replaced, moved away or cut short
  // since it was opened, so that what is stored in it would be lost. sync() asks, too.
  virtual Status check_place() const { return {}; }
  // A file that is being made, and is used before it has got its name: from now on messages call it
  // by that, and check_place() is content until arrive(). Before other threads know the file.
  virtual void expect_name(const std::string& /*path*/) {}
  // It has got it. Any thread.
  virtual void arrive() {}
  // Another file takes its name: check_place() is content from here on, also one that is under
  // way. From any thread; arrive() takes it back.
  virtual void leave() {}

  std::uint64_t capacity() const { return capacity_; }  // size() can never pass this

 protected:
  std::uint8_t* data_ = nullptr;
  std::uint64_t capacity_ = 0;
};

struct UnfinishedFile;

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
  // Bytes that are free where the path is, for who may write it; UINT64_MAX: not known.
  virtual std::uint64_t free_bytes(const std::string& /*path*/) const { return UINT64_MAX; }
  // Changes at every boot of the machine: 16 bytes.
  virtual std::string boot_id() = 0;

  // --- names, for who replaces a file. What changes one is durable when it has
  // succeeded. If only the sync of the directory failed, the name is changed already,
  // and exists() tells. Files that stay open keep their locks: a new file is locked
  // before it gets the name of an old one.
  //
  // A file system of one file without a name has none of them (unnamed.h).

  // Makes a file as create() does, beside `path`, to be renamed to it. Only its owner may
  // read it. What killed processes have left of that kind is removed.
  virtual Result<UnfinishedFile> create_unfinished(const std::string& path,
                                                   std::string_view content);
  // That the path names the file it does is on the disk when this returns success: who gave the name
  // may have been killed before that.
  virtual Status sync_name(const std::string& /*path*/) { return {}; }
  // What killed processes have left of create_unfinished()'s files beside `path`. Best effort;
  // looks through the directory.
  virtual void remove_unfinished(const std::string& /*path*/) {}
  // `from` gets owner and mode of the file `like`, as far as allowed, and then the name `to`,
  // at once. Who has the file open that was there keeps it.
  virtual Status replace(const std::string& from, const std::string& to, const std::string& like);
  // The same onto a free name: kExists if there is something.
  virtual Status rename(const std::string& from, const std::string& to, const std::string& like);
  // Gives a file a second name. kExists. Where the file system has no links the file
  // is renamed, and exists(from) is false.
  virtual Status link(const std::string& from, const std::string& to);
  // Takes a name away; it may come back after a power loss. Best effort.
  virtual void remove(const std::string& path);
  // Whether something has the name, be it a link to nothing.
  virtual bool exists(const std::string& path) const;
  // The path of the file itself, if this one leads there by symbolic links.
  virtual std::string resolve(const std::string& path);
};

// A name that is taken away again, whatever happens, unless it is kept.
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
  void given() { given_ = true; }  // the file has it now
  void keep() { given_ = false; }

 private:
  FileSystem* files_;
  std::string path_;
  bool given_ = false;
};

// A file that is being made. Its name goes with it, unless FileSystem has given it another: then
// keep() the old one. It goes while the file is open and locked.
struct UnfinishedFile {
  std::unique_ptr<LogFile> file;
  ProvisionalName name;
};

// The operating system's. Lives for ever.
FileSystem& system_files();

// The file of a descriptor, which stays the caller's; `path` is what messages
// call it. There is no lock, and it counts as still at its path.
Result<std::unique_ptr<LogFile>> open_unnamed(int descriptor, const std::string& path, Mode mode);

}  // namespace kvstore::file
