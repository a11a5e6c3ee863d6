// What a command is answered that could not be carried out.
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "src/base/status.h"

namespace kvstore::command {

struct Failure {
  Failure() = default;
  Failure(Error the_error, std::string the_redis = {})  // NOLINT: an Error is one
      : error(std::move(the_error)), redis(std::move(the_redis)) {}
  Failure(Code code, std::string message, std::string hint, std::string the_redis)
      : error{code, std::move(message), std::move(hint)}, redis(std::move(the_redis)) {}

  Error error;
  // Redis' own wording with its prefix, "ERR syntax error", for its protocol; empty if
  // Redis has none.
  std::string redis;
};

template <class T>
using Checked = tl::expected<T, Failure>;

// Of a handler: it has written its reply, or failed.
using Outcome = Checked<void>;

}  // namespace kvstore::command

namespace kvstore {

// So that KV_TRY and KV_ASSIGN take what is Checked, too.
inline tl::unexpected<command::Failure> fail(command::Failure failure) {
  return tl::unexpected<command::Failure>(std::move(failure));
}

}  // namespace kvstore
