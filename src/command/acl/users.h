// All users of a server, as used by sessions and commands. A shell on a file has none: a user who
// may open the file has all permissions.
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

// A user at one moment; a changed user is another object.
using UserAt = std::shared_ptr<const User>;

class Users {
 public:
  virtual ~Users() = default;

  // Differs after each change, after which users must be looked up again.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  // nullptr: there is no such user.
  virtual UserAt find(std::string_view name) const = 0;
  // Sorted by name.
  virtual std::vector<UserAt> all() const = 0;

  // The user, if the password is right; nullptr if not, after a delay. Failed attempts slow down
  // further ones of the same `peer`, an address. kLimit: too many attempts at once.
  virtual Result<UserAt> log_in(std::string_view name, std::string_view password,
                                std::string_view peer) = 0;

  // Creates or changes a user. Errors of check_user_name() and apply_rules(); kLimit.
  virtual Status change(std::string_view name, std::span<const std::string_view> rules) = 0;
  // Removes the users that exist, and returns their number. Their sessions end.
  virtual std::size_t remove(std::span<const std::string_view> names) = 0;

  // Writes or reads the whole file of users. kUsage: there is none. kSyntax, with the line. Also
  // the errors of the file.
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
