// Files in memory: what the file systems of tests have in common. A derived one
// says what a file of its kind is (make_content), and how it is opened (make_file).
//
// Thread rule: as LogFile's; put() and reboot() while nothing runs.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/file/file_system.h"

namespace kvstore::testing {

// 256 MiB of addresses that read as zeros. A region that is given up is zeroed and
// handed out again, so nothing may be stored after its end.
class MappedRegion {
 public:
  static constexpr std::uint64_t kCapacity = std::uint64_t{256} << 20;

  MappedRegion();  // ends the process if there are no addresses left
  ~MappedRegion();
  MappedRegion(const MappedRegion&) = delete;
  MappedRegion& operator=(const MappedRegion&) = delete;

  std::uint8_t* at() const { return at_; }
  std::uint64_t end() const { return end_; }
  void set_end(std::uint64_t end);    // bytes behind it become zeros
  void hold(std::string_view bytes);  // these and no others
  std::string bytes() const { return {reinterpret_cast<const char*>(at_), end_}; }

 private:
  std::uint8_t* at_;
  std::atomic<std::uint64_t> end_{0};
};

class MemoryFiles : public file::FileSystem {
 public:
  MemoryFiles();
  ~MemoryFiles() override;

  Result<std::unique_ptr<file::LogFile>> open(const std::string& path, file::Mode mode) override;
  Result<std::unique_ptr<file::LogFile>> create(const std::string& path,
                                                std::string_view content) override;
  Status save(const std::string& path, std::string_view content, const std::string& like) override;
  std::string boot_id() override { return boot_id_; }

  Result<file::UnfinishedFile> create_unfinished(const std::string& path,
                                                 std::string_view content) override;
  Status replace(const std::string& from, const std::string& to, const std::string& like) override;
  Status rename(const std::string& from, const std::string& to, const std::string& like) override;
  Status link(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override;
  bool exists(const std::string& path) const override { return files_.count(path) != 0; }

  void put(const std::string& path, std::string_view bytes);
  std::vector<std::string> paths() const;
  std::string memory(const std::string& path) const;         // as a running system sees it
  void flip(const std::string& path, std::uint64_t offset);  // a bit, under who has it open
  // The machine starts again, unlike any time before; until then all of a process
  // are in the same boot.
  void reboot();

  // Bytes that extend() and save() may give a file; beyond: kFull.
  std::atomic<std::uint64_t> capacity{MappedRegion::kCapacity};

  bool are_larger_than_memory = false;  // what files say of themselves

  // What was asked for so far: bytes in large pages, and to split them; calls that bytes will be
  // read, and how many.
  mutable std::atomic<std::uint64_t> large_bytes{0}, splits{0}, reads_ahead{0}, bytes_ahead{0};

 protected:
  struct Content {
    virtual ~Content() = default;
    virtual void resize(std::uint64_t size) { memory.set_end(size); }
    MappedRegion memory;
    bool locked = false;
  };

  // Synced at once, unless derived from.
  class File : public file::LogFile {
   public:
    File(const MemoryFiles& files, std::shared_ptr<Content> content, bool locks);
    ~File() override;

    std::uint64_t size() const override { return content_->memory.end(); }
    Status extend(std::uint64_t new_size) override;
    std::uint64_t free_space() const override;
    Status truncate(std::uint64_t new_size) override;
    Status sync() override { return {}; }
    Status make_dirty(std::uint64_t, std::uint64_t) override { return {}; }
    bool punch(std::uint64_t begin, std::uint64_t end) override;  // whole pages: zeros
    void populate(std::uint64_t begin, std::uint64_t end, file::Pages pages) override;
    void split_pages(std::uint64_t begin, std::uint64_t end) override;  // zeros, too
    bool is_larger_than_memory() const override { return files_.are_larger_than_memory; }
    void will_read(std::uint64_t begin, std::uint64_t end) const override {
      ++files_.reads_ahead;
      files_.bytes_ahead += end - begin;
    }
    Status refresh() override { return {}; }
    bool still_at(const std::string& path) const override;

   private:
    const MemoryFiles& files_;
    const std::shared_ptr<Content> content_;
    const bool locks_;
  };

  // A durable file that holds `bytes`.
  virtual std::shared_ptr<Content> make_content(std::string_view bytes) = 0;
  virtual std::unique_ptr<file::LogFile> make_file(std::shared_ptr<Content> content, bool locks);

  using Names = std::map<std::string, std::shared_ptr<Content>>;
  // A name that is taken away, or none, and a file that one is given to.
  struct NameChange {
    std::string gone, given;
    std::shared_ptr<Content> content;
    void apply(Names* names) const;
  };
  // Makes it durable, unless derived from.
  virtual Status change_names(const NameChange& change);
  const Names& names() const { return files_; }
  const Content& content(const std::string& path) const { return *files_.at(path); }

 private:
  Status give_name(const std::string& from, const std::string& to, bool keep);

  Names files_;
  std::string boot_id_ = std::string(16, '\1');
};

}  // namespace kvstore::testing
