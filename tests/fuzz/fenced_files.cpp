#include "tests/fuzz/fenced_files.h"

#include "tests/support/poison.h"

namespace kvstore::fuzz {
namespace {

// Poisoning costs time by the byte; a stray read is rarely further away.
constexpr std::uint64_t kFence = 128 << 10;

}  // namespace

struct FencedFiles::Fenced final : Content {
  explicit Fenced(std::string_view bytes) {
    memory.hold(bytes);
    put_fence_up();
  }
  ~Fenced() override { take_fence_away(); }
  void resize(std::uint64_t size) override {
    take_fence_away();
    Content::resize(size);
    put_fence_up();
  }
  void put_fence_up() { ASAN_POISON_MEMORY_REGION(memory.at() + memory.end(), kFence); }
  void take_fence_away() { ASAN_UNPOISON_MEMORY_REGION(memory.at() + memory.end(), kFence); }
};

std::shared_ptr<testing::MemoryFiles::Content> FencedFiles::make_content(std::string_view bytes) {
  return std::make_shared<Fenced>(bytes);
}

}  // namespace kvstore::fuzz
