// A progress line on stderr for long operations.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace kvstore::repl {

class Progress {
 public:
  // No line is shown if the terminal cannot rewrite one.
  explicit Progress(bool wanted, std::string_view noun = "commands");
  ~Progress();  // removes the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Shows the line after the first second, then several times a second.
  void update(std::uint64_t count, std::uint64_t more_bytes);

 private:
  using Clock = std::chrono::steady_clock;
  bool wanted_;
  const std::string noun_;
  bool shown_ = false;
  std::uint64_t bytes_ = 0;
  Clock::time_point began_ = Clock::now();
  Clock::time_point next_ = began_ + std::chrono::seconds(1);
};

}  // namespace kvstore::repl
