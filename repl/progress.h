// A counting line on stderr for scripts that take long.
#pragma once

#include <chrono>
#include <cstdint>

namespace kvstore::repl {

class Progress {
 public:
  // Where the terminal cannot rewrite a line there is none.
  explicit Progress(bool wanted);
  ~Progress();  // removes the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Shows the line after the first second, then a few times a second.
  void update(std::uint64_t commands, std::uint64_t more_bytes);

 private:
  using Clock = std::chrono::steady_clock;
  bool wanted_;
  bool shown_ = false;
  std::uint64_t bytes_ = 0;
  Clock::time_point began_ = Clock::now();
  Clock::time_point next_ = began_ + std::chrono::seconds(1);
};

}  // namespace kvstore::repl
