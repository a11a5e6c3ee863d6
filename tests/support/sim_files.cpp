#include "tests/support/sim_files.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <vector>

namespace kvstore::testing {
namespace {

constexpr std::uint64_t kSector = 512;
constexpr std::uint64_t kPage = 4096;

// What a disk takes is what is in memory, whether or not a thread stores there meanwhile: no race
// of the program's, so ThreadSanitizer does not look. At memcpy() it would all the same.
using Page = std::array<std::uint64_t, kPage / sizeof(std::uint64_t)>;
__attribute__((no_sanitize("thread"), noinline)) void take_page(Page& to, const std::uint8_t* at) {
  const volatile auto* from = reinterpret_cast<const volatile std::uint64_t*>(at);
  for (std::size_t i = 0; i < kPage / sizeof(std::uint64_t); ++i) to.data()[i] = from[i];
}

}  // namespace

// Memory and disk of one file.
struct SimFiles::Disk final : Content {
  MappedRegion disk;
  // Pages that a failed sync has marked clean: they are in memory only, and no
  // later sync writes them unless they are stored to again.
  std::map<std::uint64_t, std::string> dropped;
};

class SimFiles::SyncedFile final : public File {
 public:
  SyncedFile(SimFiles& files, std::shared_ptr<Disk> disk, bool locks)
      : File(files, disk, locks), files_(files), disk_(std::move(disk)) {}

  Status extend(std::uint64_t new_size) override {
    if (files_.on_change_of_size) files_.on_change_of_size();
    return File::extend(new_size);
  }

  Status truncate(std::uint64_t new_size) override {
    if (files_.on_change_of_size) files_.on_change_of_size();
    return File::truncate(new_size);
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

  Status make_dirty(std::uint64_t begin, std::uint64_t end) override {
    disk_->dropped.erase(disk_->dropped.lower_bound(begin / kPage * kPage),
                         disk_->dropped.lower_bound(end));
    return {};
  }

 private:
  bool differs(std::uint64_t page) const {
    return std::memcmp(disk_->memory.at() + page, disk_->disk.at() + page, kPage) != 0;
  }

  void drop_pages() {
    for (std::uint64_t page = 0; page < size(); page += kPage) {
      if (!differs(page)) continue;
      disk_->dropped[page].assign(reinterpret_cast<char*>(disk_->memory.at() + page), kPage);
    }
  }

  void write_back() {
    const std::uint64_t end = size();  // may grow meanwhile
    disk_->disk.set_end(end);
    for (std::uint64_t page = 0; page < end; page += kPage) {
      Page from;
      take_page(from, disk_->memory.at() + page);
      const auto dropped = disk_->dropped.find(page);
      const bool clean = dropped != disk_->dropped.end() &&
                         std::memcmp(dropped->second.data(), from.data(), kPage) == 0;
      if (!clean) std::memcpy(disk_->disk.at() + page, from.data(), std::min(kPage, end - page));
    }
  }

  SimFiles& files_;
  const std::shared_ptr<Disk> disk_;
};

SimFiles::SimFiles() = default;
SimFiles::~SimFiles() = default;

std::shared_ptr<MemoryFiles::Content> SimFiles::make_content(std::string_view bytes) {
  auto content = std::make_shared<Disk>();
  content->memory.hold(bytes);
  content->disk.hold(bytes);
  return content;
}

std::unique_ptr<file::LogFile> SimFiles::make_file(std::shared_ptr<Content> content, bool locks) {
  return std::make_unique<SyncedFile>(*this, std::static_pointer_cast<Disk>(std::move(content)),
                                      locks);
}

const SimFiles::Disk& SimFiles::disk_of(const std::string& path) const {
  return static_cast<const Disk&>(content(path));
}

Image SimFiles::disk(const std::string& path) const {
  return disk_of(path).disk.bytes();
}

Status SimFiles::sync_name(const std::string& /*path*/) {
  if (!skip_directory_syncs) unsynced_.clear();
  return {};
}

Status SimFiles::change_names(const NameChange& change) {
  if (on_change_of_name) KV_TRY(on_change_of_name());
  if (unsynced_.empty()) synced_ = names();
  unsynced_.push_back(change);
  KV_TRY(MemoryFiles::change_names(change));
  if (on_change_of_name) KV_TRY(on_change_of_name());
  if (!skip_directory_syncs) unsynced_.clear();
  return {};
}

// Files that came or went otherwise did so at once.
MemoryFiles::Names SimFiles::names_after(std::size_t subset) const {
  if (unsynced_.empty()) return names();
  Names after = synced_;
  for (const auto& [name, content] : names()) {
    const bool changed = std::any_of(unsynced_.begin(), unsynced_.end(),
                                     [&, &of = name](const auto& c) { return c.given == of; });
    if (!changed) after[name] = content;
  }
  for (std::size_t i = 0; i < unsynced_.size(); ++i) {
    if ((subset >> i & 1) != 0) unsynced_[i].apply(&after);
  }
  return after;
}

std::vector<Directory> SimFiles::crash_directories(Loss loss, std::mt19937_64& random) const {
  std::vector<Directory> directories;
  for (std::size_t subset = 0; subset < std::size_t{1} << unsynced_.size(); ++subset) {
    Directory& directory = directories.emplace_back();
    for (const auto& [name, content] : names_after(subset)) {
      directory[name] = crash_image_of(static_cast<const Disk&>(*content), loss, random);
    }
  }
  return directories;
}

Image SimFiles::crash_image(const std::string& path, Loss loss, std::mt19937_64& random) const {
  return crash_image_of(disk_of(path), loss, random);
}

Image SimFiles::crash_image_of(const Disk& disk, Loss loss, std::mt19937_64& random) {
  if (loss == Loss::kNothing) return disk.memory.bytes();
  if (loss == Loss::kEverything) return disk.disk.bytes();
  std::vector<std::uint64_t> dirty;
  const std::uint64_t longest = std::max<std::uint64_t>(disk.memory.end(), disk.disk.end());
  for (std::uint64_t at = 0; at < longest; at += kSector) {
    if (std::memcmp(disk.memory.at() + at, disk.disk.at() + at, kSector) != 0) dirty.push_back(at);
  }
  const std::uint64_t pick = dirty.empty() ? 0 : dirty[random() % dirty.size()];
  const double bias = std::uniform_real_distribution<>(0, 1)(random);
  // The new length is in the journal or not; region that was cut comes back as
  // it was on the disk.
  const bool new_size = random() % 4 != 0;
  Image image(new_size ? disk.memory.end() : disk.disk.end(), '\0');
  std::memcpy(image.data(), disk.disk.at(), std::min<std::uint64_t>(image.size(), disk.disk.end()));
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
    if (written) std::memcpy(image.data() + at, disk.memory.at() + at, size);
  }
  return image;
}

}  // namespace kvstore::testing
