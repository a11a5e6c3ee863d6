#include "src/maint/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace kvstore::maint {
namespace {

constexpr std::uint64_t kBigFile = std::uint64_t{64} << 20;
constexpr std::uint64_t kLookEvery = std::uint64_t{1} << 20;  // bytes between reads of the clock
constexpr int kWidth = 30;

}  // namespace

ProgressBar::ProgressBar(std::string what, std::uint64_t size)
    : what_(std::move(what)),
      size_(size),
      wanted_(size >= kBigFile && ::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void ProgressBar::update(std::uint64_t done) {
  if (!wanted_ || done < next_look_) return;
  next_look_ = done + kLookEvery;
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now + std::chrono::milliseconds(200);
  draw(std::min(done, size_));
}

void ProgressBar::draw(std::uint64_t done) {
  shown_ = true;
  const double part = static_cast<double>(done) / static_cast<double>(size_);
  const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
  const int filled = static_cast<int>(part * kWidth);
  fmt::print(stderr, "\r\033[K{} [{:=<{}}{: <{}}] {:3.0f}%  {:.0f} MiB/s  {:.0f} s left", what_, "",
             filled, "", kWidth - filled, part * 100, static_cast<double>(done) / 1048576 / seconds,
             part > 0 ? seconds / part - seconds : 0);
  std::fflush(stderr);
}

}  // namespace kvstore::maint
