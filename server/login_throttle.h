// Slows down guessing of passwords: each wrong password delays the next attempt from its address,
// up to a few seconds, and an address has one attempt at a time. Other addresses are not affected.
//
// Memory is bounded: the addresses that were quiet the longest are forgotten.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "server/deadline.h"
#include "src/base/mutex.h"
#include "src/base/status.h"

namespace kvstore::server {

// Thread rule: any thread.
class LoginThrottle {
 public:
  static constexpr std::size_t kMostAddresses = 4096;

  // Waits for the turn of the address. kLimit: too many attempts wait already, or stop() was
  // called. After success, end() must follow.
  Status begin(std::string_view address);
  // The result of an attempt; kUnknown: it could not be checked.
  enum class Try : std::uint8_t { kRight, kWrong, kUnknown };
  void end(std::string_view address, Try how);
  // Ends all waits with an error.
  void stop();

  // The delay after `wrong` wrong passwords in a row.
  static std::chrono::milliseconds delay_after(std::uint32_t wrong);
  std::size_t addresses() const;

 private:
  struct Address {
    std::uint32_t wrong = 0;  // wrong passwords in a row
    std::uint32_t waiting = 0;
    bool is_trying = false;
    Clock::time_point may_try{};
    Clock::time_point last{};
  };
  Address& find(std::string_view address) KV_REQUIRES(mutex_);
  void forget_one() KV_REQUIRES(mutex_);
  Status wait_for_turn(Address& one) KV_REQUIRES(mutex_);

  mutable Mutex mutex_;
  CondVar changed_;
  std::map<std::string, Address, std::less<>> all_ KV_GUARDED_BY(mutex_);
  bool stops_ KV_GUARDED_BY(mutex_) = false;
};

}  // namespace kvstore::server
