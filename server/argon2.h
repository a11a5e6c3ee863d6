// Passwords are kept as argon2id hashes (libsodium's): slow on purpose, and salted, so that whoever
// steals a file of users cannot simply try words.
//
// A hash takes 19 MiB and some tens of milliseconds of a core, which an attacker could have spent
// on each wrong password: so only few are made at once, and the others wait for their turn.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "src/base/mutex.h"
#include "src/command/acl/user.h"

namespace kvstore::server {

// Thread rule: any thread.
class Argon2 final : public command::acl::PasswordHash {
 public:
  // As OWASP recommends for argon2id with one lane.
  static constexpr std::size_t kMemory = std::size_t{19} << 20;
  static constexpr std::size_t kMostMemory = std::size_t{64} << 20;  // of a hash from elsewhere

  Argon2();

  // kMemory; kLimit: others were served first for too long, or stop() was called.
  Result<std::string> make(std::string_view password) override;
  Result<bool> fits(const std::string& hash, std::string_view password) override;
  // A whole one of 32 bytes, that takes no more memory and time than is sensible.
  bool is_hash(std::string_view text) const override;

  // Whoever waits is sent away.
  void stop();

 private:
  class Turn;
  Status begin();
  void end();

  const std::size_t slots_;  // at once
  Mutex mutex_;
  CondVar changed_;
  std::size_t busy_ KV_GUARDED_BY(mutex_) = 0;
  bool stops_ KV_GUARDED_BY(mutex_) = false;
};

}  // namespace kvstore::server
