// A progress bar on stderr.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace kvstore::maint {

class ProgressBar {
 public:
  // Shown only if stderr is a terminal, `size` is at least 64 MiB, and it takes longer than half a
  // second.
  ProgressBar(std::string what, std::uint64_t size);
  ~ProgressBar();  // removes it
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void update(std::uint64_t done);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(std::uint64_t done);

  const std::string what_;
  const std::uint64_t size_;
  const bool wanted_;
  bool shown_ = false;
  std::uint64_t next_look_ = 0;
  Clock::time_point began_ = Clock::now();
  Clock::time_point next_ = began_ + std::chrono::milliseconds(500);
};

}  // namespace kvstore::maint
