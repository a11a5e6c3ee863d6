#include "tests/support/memory_files.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "src/base/check.h"
#include "tests/support/poison.h"

namespace kvstore::testing {
namespace {

constexpr std::uint64_t kPage = 4096;

// A cut of more bytes than this is left to the kernel, which takes the pages back.
constexpr std::uint64_t kKept = 1 << 20;

// Rooms nobody is in: a mapping, its page faults and its end cost the kernel more
// than a crash state of a few dozen KiB costs the store.
struct Vacancy {
  std::uint8_t* at;
  std::uint64_t poisoned;  // what its last file held: a view of it is stale
};

struct Vacancies {
  std::mutex mutex;
  std::vector<Vacancy> regions;
};

// Never destroyed: a file system that is static may give its regions back later.
Vacancies& vacancies() {
  static auto* const g_vacancies = new Vacancies;
  return *g_vacancies;
}

std::uint8_t* map_room() {
  void* base = mmap(nullptr, MappedRegion::kCapacity, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) std::abort();
  return static_cast<std::uint8_t*>(base);
}

}  // namespace

MappedRegion::MappedRegion() {
  Vacancies& vacant = vacancies();
  const std::lock_guard lock(vacant.mutex);
  if (vacant.regions.empty()) {
    at_ = map_room();
    return;
  }
  at_ = vacant.regions.back().at;
  ASAN_UNPOISON_MEMORY_REGION(at_, vacant.regions.back().poisoned);
  vacant.regions.pop_back();
}

MappedRegion::~MappedRegion() {
  // What was stored there would come up in a file that has nothing to do with it.
  const std::uint64_t end = end_;
  KV_CHECK(std::all_of(at_ + end, at_ + std::min(end + kPage, kCapacity),
                       [](std::uint8_t byte) { return byte == 0; }));
  set_end(0);
  ASAN_POISON_MEMORY_REGION(at_, end);
  Vacancies& vacant = vacancies();
  const std::lock_guard lock(vacant.mutex);
  vacant.regions.push_back({at_, end});
}

void MappedRegion::set_end(std::uint64_t end) {
  KV_CHECK(end <= kCapacity);
  const std::uint64_t old = end_.exchange(end);
  if (end >= old) return;
  std::uint64_t zeroed = old;
  if (old - end > kKept) {
    zeroed = (end + kPage - 1) / kPage * kPage;
    if (madvise(at_ + zeroed, old - zeroed, MADV_DONTNEED) != 0) zeroed = old;
  }
  std::memset(at_ + end, 0, zeroed - end);
}

void MappedRegion::hold(std::string_view bytes) {
  set_end(bytes.size());
  if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
}

MemoryFiles::File::File(const MemoryFiles& files, std::shared_ptr<Content> content, bool locks)
    : files_(files), content_(std::move(content)), locks_(locks) {
  data_ = content_->memory.at();
  capacity_ = MappedRegion::kCapacity;
}

MemoryFiles::File::~File() {
  if (locks_) content_->locked = false;
}

Status MemoryFiles::File::extend(std::uint64_t new_size) {
  if (new_size > std::min(files_.capacity.load(), MappedRegion::kCapacity)) {
    return fail(Code::kFull, "cannot extend: No space left on device");
  }
  content_->resize(new_size);
  return {};
}

std::uint64_t MemoryFiles::File::free_space() const {
  const std::uint64_t capacity = files_.capacity;
  return capacity - std::min(capacity, size());
}

Status MemoryFiles::File::truncate(std::uint64_t new_size) {
  content_->resize(new_size);
  return {};
}

bool MemoryFiles::File::punch(std::uint64_t begin, std::uint64_t end) {
  constexpr std::uint64_t kPage = 4096;
  begin = (begin + kPage - 1) / kPage * kPage;
  end = end / kPage * kPage;
  if (begin < end) std::memset(data() + begin, 0, end - begin);
  return true;
}

void MemoryFiles::File::populate(std::uint64_t begin, std::uint64_t end, file::Pages pages) {
  if (pages == file::Pages::kLarge) files_.large_bytes += end - begin;
}

void MemoryFiles::File::split_pages(std::uint64_t begin, std::uint64_t end) {
  punch(begin, std::min(end, size()));
  ++files_.splits;
}

bool MemoryFiles::File::still_at(const std::string& path) const {
  const auto found = files_.files_.find(path);
  return found != files_.files_.end() && found->second == content_;
}

MemoryFiles::MemoryFiles() = default;
MemoryFiles::~MemoryFiles() = default;

std::unique_ptr<file::LogFile> MemoryFiles::make_file(std::shared_ptr<Content> content,
                                                      bool locks) {
  return std::make_unique<File>(*this, std::move(content), locks);
}

Result<std::unique_ptr<file::LogFile>> MemoryFiles::open(const std::string& path, file::Mode mode) {
  const auto found = files_.find(path);
  if (found == files_.end()) return fail(Code::kNotFound, path + " does not exist");
  const bool writes = mode == file::Mode::kReadWrite;
  if (writes && found->second->locked) return fail(Code::kLocked, path + " is locked");
  if (writes) found->second->locked = true;
  return make_file(found->second, writes);
}

Result<std::unique_ptr<file::LogFile>> MemoryFiles::create(const std::string& path,
                                                           std::string_view content) {
  if (exists(path) && files_[path]->memory.end() != 0) {
    return fail(Code::kExists, path + " exists");
  }
  put(path, content);
  return open(path, file::Mode::kReadWrite);
}

Status MemoryFiles::save(const std::string& path, std::string_view content,
                         const std::string& /*like*/) {
  if (exists(path)) return fail(Code::kExists, path + " exists");
  if (content.size() > capacity) return fail(Code::kFull, "cannot write: No space left on device");
  put(path, content);
  return {};
}

void MemoryFiles::put(const std::string& path, std::string_view bytes) {
  files_[path] = make_content(bytes);
}

void MemoryFiles::NameChange::apply(Names* names) const {
  if (!gone.empty()) names->erase(gone);
  if (!given.empty()) (*names)[given] = content;
}

Status MemoryFiles::change_names(const NameChange& change) {
  change.apply(&files_);
  return {};
}

Result<file::UnfinishedFile> MemoryFiles::create_unfinished(const std::string& path,
                                                            std::string_view content) {
  for (const std::string& name : paths()) {
    const bool abandoned = name.rfind(path + ".unfinished", 0) == 0 && !files_[name]->locked;
    if (abandoned) remove(name);
  }
  std::string free = path + ".unfinished";
  while (exists(free)) free += "-";
  file::ProvisionalName name(*this, free);
  KV_ASSIGN(auto file, create(free, content));
  name.given();
  return file::UnfinishedFile{std::move(file), std::move(name)};
}

Status MemoryFiles::give_name(const std::string& from, const std::string& to, bool keep) {
  if (!exists(from)) return fail(Code::kNotFound, from + " does not exist");
  return change_names({keep ? "" : from, to, files_[from]});
}

Status MemoryFiles::replace(const std::string& from, const std::string& to,
                            const std::string& /*like*/) {
  return give_name(from, to, false);
}

Status MemoryFiles::rename(const std::string& from, const std::string& to,
                           const std::string& /*like*/) {
  if (exists(to)) return fail(Code::kExists, to + " exists");
  return give_name(from, to, false);
}

Status MemoryFiles::link(const std::string& from, const std::string& to) {
  if (exists(to)) return fail(Code::kExists, to + " exists");
  return give_name(from, to, true);
}

void MemoryFiles::remove(const std::string& path) { files_.erase(path); }

std::vector<std::string> MemoryFiles::paths() const {
  std::vector<std::string> names;
  for (const auto& [name, content] : files_) names.push_back(name);
  return names;
}

std::string MemoryFiles::memory(const std::string& path) const {
  return content(path).memory.bytes();
}

void MemoryFiles::flip(const std::string& path, std::uint64_t offset) {
  content(path).memory.at()[offset] ^= 1;
}

void MemoryFiles::reboot() {
  static std::atomic<std::uint64_t> g_boots{0};
  const std::uint64_t boot = ++g_boots;
  std::memcpy(boot_id_.data() + 8, &boot, sizeof boot);
}

}  // namespace kvstore::testing
