#include "server/http/rights.h"

namespace kvstore::server::http {

bool may_run(Exchange& exchange, command::Args words) {
  const auto found = command::Session::find_command_of(words);
  if (!found) return true;
  const auto denied =
      exchange.session.login().check(*found, words, command::acl::Login::When::kAtOnce);
  if (denied) exchange.fail(denied->error);
  return !denied;
}

}  // namespace kvstore::server::http
