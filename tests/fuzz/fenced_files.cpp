#include "tests/fuzz/fenced_files.h"

#include <sys/mman.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__) || defined(__has_feature)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

namespace kvstore::fuzz {
namespace {

constexpr std::uint64_t kCapacity = std::uint64_t{64} << 20;
// Poisoning costs time by the byte; a stray read is rarely further away.
constexpr std::uint64_t kFence = 128 << 10;

}  // namespace

struct FencedFiles::Memory {
  Memory() {
    void* base = mmap(nullptr, kCapacity + kFence, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) std::abort();
    at = static_cast<std::uint8_t*>(base);
    move_fence();
  }
  ~Memory() {
    ASAN_UNPOISON_MEMORY_REGION(at + size, kFence);
    munmap(at, kCapacity + kFence);
  }
  void resize(std::uint64_t new_size) {
    ASAN_UNPOISON_MEMORY_REGION(at + size, kFence);
    if (new_size < size) std::memset(at + new_size, 0, size - new_size);
    size = new_size;
    move_fence();
  }
  void move_fence() { ASAN_POISON_MEMORY_REGION(at + size, kFence); }

  std::uint8_t* at;
  std::atomic<std::uint64_t> size{0};
  bool locked = false;
};

class FencedFiles::File final : public file::LogFile {
 public:
  File(const FencedFiles& files, std::shared_ptr<Memory> memory, bool locks)
      : files_(files), memory_(std::move(memory)), locks_(locks) {
    data_ = memory_->at;
    capacity_ = kCapacity;
  }
  ~File() override {
    if (locks_) memory_->locked = false;
  }

  std::uint64_t size() const override { return memory_->size; }
  Status extend(std::uint64_t new_size) override {
    if (new_size > kCapacity) return fail(Code::kFull, "cannot extend: No space left on device");
    memory_->resize(new_size);
    return {};
  }
  Status truncate(std::uint64_t new_size) override {
    memory_->resize(new_size);
    return {};
  }
  Status sync() override { return {}; }
  void make_dirty(std::uint64_t, std::uint64_t) override {}
  Status refresh() override { return {}; }
  bool still_at(const std::string& path) const override {
    const auto found = files_.files_.find(path);
    return found != files_.files_.end() && found->second == memory_;
  }

 private:
  const FencedFiles& files_;
  std::shared_ptr<Memory> memory_;
  bool locks_;
};

FencedFiles::FencedFiles() = default;
FencedFiles::~FencedFiles() = default;

Result<std::unique_ptr<file::LogFile>> FencedFiles::open(const std::string& path,
                                                         file::Mode mode) {
  const auto found = files_.find(path);
  if (found == files_.end()) return fail(Code::kNotFound, path + " does not exist");
  const bool writes = mode == file::Mode::kReadWrite;
  if (writes && found->second->locked) return fail(Code::kLocked, path + " is locked");
  if (writes) found->second->locked = true;
  return std::make_unique<File>(*this, found->second, writes);
}

Result<std::unique_ptr<file::LogFile>> FencedFiles::create(const std::string& path,
                                                           std::string_view content) {
  if (files_.count(path) != 0 && files_[path]->size != 0) {
    return fail(Code::kExists, path + " exists");
  }
  put(path, content);
  return open(path, file::Mode::kReadWrite);
}

Status FencedFiles::save(const std::string& path, std::string_view content) {
  if (files_.count(path) != 0) return fail(Code::kExists, path + " exists");
  put(path, content);
  return {};
}

void FencedFiles::put(const std::string& path, std::string_view content) {
  auto memory = std::make_shared<Memory>();
  memory->resize(content.size());
  if (!content.empty()) std::memcpy(memory->at, content.data(), content.size());
  files_[path] = std::move(memory);
}

std::string FencedFiles::bytes(const std::string& path) const {
  const Memory& memory = *files_.at(path);
  return {reinterpret_cast<const char*>(memory.at), memory.size};
}

}  // namespace kvstore::fuzz
