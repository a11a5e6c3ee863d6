// Hashes of passwords with argon2id (libsodium), slow on purpose and salted, to protect the
// passwords in a stolen file of users against guessing.
//
// A hash takes 19 MiB and some tens of milliseconds of CPU time, which an attacker could cause with
// each wrong password. So only few are computed at once, and others wait in line.
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
  // As recommended by OWASP for argon2id with one lane.
  static constexpr std::size_t kMemory = std::size_t{19} << 20;
  // limit for hashes made elsewhere
  static constexpr std::size_t kMostMemory = std::size_t{64} << 20;

  Argon2();

  // kMemory. kLimit: the wait was too long, or stop() was called.
  Result<std::string> make(std::string_view password) override;
  Result<bool> fits(const std::string& hash, std::string_view password) override;
  // Whether the text is a complete hash of 32 bytes, with acceptable costs in memory and time.
  bool is_hash(std::string_view text) const override;

  // Ends all waits with an error.
  void stop();

 private:
  class Turn;
  Status begin();
  void end();

  const std::size_t slots_;  // hashes computed at once
  Mutex mutex_;
  CondVar changed_;
  std::size_t busy_ KV_GUARDED_BY(mutex_) = 0;
  bool stops_ KV_GUARDED_BY(mutex_) = false;
};

}  // namespace kvstore::server
