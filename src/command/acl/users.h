// All users of a server, as sessions and commands know them. A shell on a file has none: whoever
// may open the file may do everything.
//
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/command/acl/denials.h"
#include "src/command/acl/user.h"
#include "src/command/failure.h"

namespace kvstore::command::acl {

// As it was at a moment: one that is changed is another.
using UserAt = std::shared_ptr<const User>;

class Users {
 public:
  virtual ~Users() = default;

  // Another one after each change: whoever has looked a user up looks again.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  // nullptr: there is none.
  virtual UserAt find(std::string_view name) const = 0;
  // By their names.
  virtual std::vector<UserAt> all() const = 0;

  // The user, if the password is right; nullptr if not, after some delay. `peer` is whose tries
  // are slowed down: an address. kLimit: too many are trying at once.
  virtual Result<UserAt> log_in(std::string_view name, std::string_view password,
                                std::string_view peer) = 0;

  // Makes the user, or changes it. Errors of check_user_name() and apply_rules(); kLimit.
  virtual Status change(std::string_view name, std::span<const std::string_view> rules) = 0;
  // How many of them there were. Their sessions end.
  virtual std::size_t remove(std::span<const std::string_view> names) = 0;

  // The file of users, whole. kUsage: there is none; errors of files; kSyntax with its line.
  virtual Status save() = 0;
  virtual Status load() = 0;

  Denials& denials() { return denials_; }

 protected:
  void changed() { version_.fetch_add(1, std::memory_order_acq_rel); }

 private:
  std::atomic<std::uint64_t> version_{1};
  Denials denials_;
};

}  // namespace kvstore::command::acl
