// The error reply of a command.
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "src/base/status.h"

namespace kvstore::command {

struct Failure {
  Failure() = default;
  Failure(Error the_error, std::string the_redis = {})  // an Error is a Failure
      : error(std::move(the_error)), redis(std::move(the_redis)) {}
  Failure(Code code, std::string message, std::string hint, std::string the_redis)
      : error{code, std::move(message), std::move(hint)}, redis(std::move(the_redis)) {}

  Error error;
  // Redis' wording with its prefix, "ERR syntax error", for its protocol; empty if Redis has no
  // such error.
  std::string redis;
};

template <class T>
using Checked = tl::expected<T, Failure>;

// The result of a handler: it has written its reply, or failed.
using Outcome = Checked<void>;

}  // namespace kvstore::command

namespace kvstore {

// Lets KV_TRY and KV_ASSIGN accept a Checked, too.
inline tl::unexpected<command::Failure> fail(command::Failure failure) {
  return tl::unexpected<command::Failure>(std::move(failure));
}

}  // namespace kvstore
