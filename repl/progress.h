// A counting line on stderr for what takes long.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace kvstore::repl {

class Progress {
 public:
  // Where the terminal cannot rewrite a line there is none.
  explicit Progress(bool wanted, std::string_view noun = "commands");
  ~Progress();  // removes the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Shows the line after the first second, then a few times a second.
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
