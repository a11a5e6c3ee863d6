#include "tests/support/sim_files.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace kvstore::testing {
namespace {

constexpr std::uint64_t kCapacity = std::uint64_t{256} << 20;
constexpr std::uint64_t kSector = 512;
constexpr std::uint64_t kPage = 4096;

}  // namespace

// Memory and disk of one file. Both are reserved addresses; untouched is zero.
struct SimFiles::Disk {
  Disk() : memory(reserve()), disk(reserve()) {}
  ~Disk() {
    munmap(memory, kCapacity);
    munmap(disk, kCapacity);
  }
  static std::uint8_t* reserve() {
    void* base = mmap(nullptr, kCapacity, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) std::abort();
    return static_cast<std::uint8_t*>(base);
  }
  std::uint8_t* memory;
  std::uint8_t* disk;
  std::atomic<std::uint64_t> size{0};
  std::uint64_t disk_size = 0;
  bool locked = false;
  // Pages that a failed sync has marked clean: they are in memory only, and no
  // later sync writes them unless they are stored to again.
  std::map<std::uint64_t, std::string> dropped;
};

class SimFiles::File final : public file::LogFile {
 public:
  File(SimFiles& files, std::shared_ptr<Disk> disk, bool locks)
      : files_(files), disk_(std::move(disk)), locks_(locks) {
    data_ = disk_->memory;
    capacity_ = kCapacity;
  }
  ~File() override {
    if (locks_) disk_->locked = false;
  }

  std::uint64_t size() const override { return disk_->size; }

  Status extend(std::uint64_t new_size) override {
    if (files_.on_change_of_size) files_.on_change_of_size();
    if (new_size > std::min(files_.capacity, kCapacity)) {
      return fail(Code::kFull, "cannot extend: No space left on device");
    }
    disk_->size = new_size;
    return {};
  }

  Status truncate(std::uint64_t new_size) override {
    if (files_.on_change_of_size) files_.on_change_of_size();
    if (new_size < disk_->size) {
      std::memset(disk_->memory + new_size, 0, disk_->size - new_size);
    }
    disk_->size = new_size;
    return {};
  }

  Status sync() override {
    ++files_.syncs;
    if (files_.on_sync) {
      if (Status status = files_.on_sync(); !status) {
        if (files_.failed_sync_drops_pages) drop_pages();
        return status;
      }
    }
    if (!files_.skip_syncs) write_back();
    return {};
  }

  void make_dirty(std::uint64_t begin, std::uint64_t end) override {
    disk_->dropped.erase(disk_->dropped.lower_bound(begin / kPage * kPage),
                         disk_->dropped.lower_bound(end));
  }

  Status refresh() override { return {}; }
  bool still_at(const std::string& path) const override {
    const auto found = files_.files_.find(path);
    return found != files_.files_.end() && found->second == disk_;
  }

 private:
  void drop_pages() {
    for (std::uint64_t page = 0; page < disk_->size; page += kPage) {
      if (std::memcmp(disk_->memory + page, disk_->disk + page, kPage) == 0) continue;
      disk_->dropped[page].assign(reinterpret_cast<char*>(disk_->memory + page), kPage);
    }
  }

  void write_back() {
    if (disk_->size < disk_->disk_size) {
      std::memset(disk_->disk + disk_->size, 0, disk_->disk_size - disk_->size);
    }
    for (std::uint64_t page = 0; page < disk_->size; page += kPage) {
      const auto dropped = disk_->dropped.find(page);
      const bool clean = dropped != disk_->dropped.end() &&
                         std::memcmp(dropped->second.data(), disk_->memory + page, kPage) == 0;
      if (!clean) std::memcpy(disk_->disk + page, disk_->memory + page, kPage);
    }
    disk_->disk_size = disk_->size;
  }

  SimFiles& files_;
  std::shared_ptr<Disk> disk_;
  bool locks_;
};

SimFiles::SimFiles() = default;
SimFiles::~SimFiles() = default;

void SimFiles::reboot() {
  static std::atomic<std::uint64_t> boots{0};  // no two of one process alike
  const std::uint64_t boot = ++boots;
  std::memcpy(boot_id_.data() + 8, &boot, sizeof boot);
}

Result<std::unique_ptr<file::LogFile>> SimFiles::open(const std::string& path, file::Mode mode) {
  const auto found = files_.find(path);
  if (found == files_.end()) return fail(Code::kNotFound, path + " does not exist");
  const bool writes = mode == file::Mode::kReadWrite;
  if (writes && found->second->locked) return fail(Code::kLocked, path + " is locked");
  if (writes) found->second->locked = true;
  return std::make_unique<File>(*this, found->second, writes);
}

Result<std::unique_ptr<file::LogFile>> SimFiles::create(const std::string& path,
                                                        std::string_view content) {
  if (exists(path)) return fail(Code::kExists, path + " exists");
  put(path, std::string(content));
  return open(path, file::Mode::kReadWrite);
}

Status SimFiles::save(const std::string& path, std::string_view content) {
  if (exists(path)) return fail(Code::kExists, path + " exists");
  if (content.size() > capacity) return fail(Code::kFull, "cannot write: No space left on device");
  put(path, std::string(content));
  return {};
}

void SimFiles::put(const std::string& path, const Image& image) {
  auto disk = std::make_shared<Disk>();
  std::memcpy(disk->memory, image.data(), image.size());
  std::memcpy(disk->disk, image.data(), image.size());
  disk->size = image.size();
  disk->disk_size = image.size();
  files_[path] = std::move(disk);
}

std::vector<std::string> SimFiles::paths() const {
  std::vector<std::string> names;
  for (const auto& [name, disk] : files_) names.push_back(name);
  return names;
}

Image SimFiles::memory(const std::string& path) const {
  const Disk& disk = *files_.at(path);
  return {reinterpret_cast<const char*>(disk.memory), disk.size};
}

Image SimFiles::disk(const std::string& path) const {
  const Disk& disk = *files_.at(path);
  return {reinterpret_cast<const char*>(disk.disk), disk.disk_size};
}

Image SimFiles::crash_image(const std::string& path, Loss loss, std::mt19937_64& random) const {
  const Disk& disk = *files_.at(path);
  if (loss == Loss::kNothing) return memory(path);
  if (loss == Loss::kEverything) return this->disk(path);
  std::vector<std::uint64_t> dirty;
  const std::uint64_t longest = std::max<std::uint64_t>(disk.size, disk.disk_size);
  for (std::uint64_t at = 0; at < longest; at += kSector) {
    if (std::memcmp(disk.memory + at, disk.disk + at, kSector) != 0) dirty.push_back(at);
  }
  const std::uint64_t pick = dirty.empty() ? 0 : dirty[random() % dirty.size()];
  const double bias = std::uniform_real_distribution<>(0, 1)(random);
  // The new length is in the journal or not; room that was cut comes back as
  // it was on the disk.
  const bool new_size = random() % 4 != 0;
  Image image(new_size ? disk.size.load() : disk.disk_size, '\0');
  std::memcpy(image.data(), disk.disk, std::min<std::uint64_t>(image.size(), disk.disk_size));
  for (const std::uint64_t at : dirty) {
    if (at >= image.size()) break;
    bool written = true;
    switch (loss) {
      case Loss::kRandom: written = std::uniform_real_distribution<>(0, 1)(random) < bias; break;
      case Loss::kOneSector: written = at != pick; break;
      case Loss::kOnePage: written = at / kPage != pick / kPage; break;
      case Loss::kTail: written = at < pick; break;
      case Loss::kHead: written = at > pick; break;
      default: break;
    }
    const std::uint64_t size = std::min<std::uint64_t>(kSector, image.size() - at);
    if (written) std::memcpy(image.data() + at, disk.memory + at, size);
  }
  return image;
}

}  // namespace kvstore::testing
