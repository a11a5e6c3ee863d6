#include "src/client/login.h"

#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "src/client/resp_request.h"
#include "src/client/text_request.h"
#include "src/wire/other_protocol.h"

namespace kvstore::client {

bool append_login(const Credentials& credentials, wire::Protocol protocol, std::string* out) {
  if (!credentials.password) return false;
  std::vector<std::string_view> words{"AUTH"};
  if (!credentials.user.empty()) words.push_back(credentials.user);
  words.push_back(*credentials.password);
  if (protocol == wire::Protocol::kResp) {
    append_resp_request(words, out);
  } else {
    // It cannot look like the first line of a longer request.
    static_cast<void>(append_text_request(words, out));
  }
  return true;
}

Status check_login(const command::Reply& answer, const Address& address) {
  if (answer.kind != command::Reply::Kind::kError) return {};
  return fail(connection_error(answer.error, address));
}

Status check_greeting(const command::Reply& answer, const Address& address) {
  using Kind = command::Reply::Kind;
  const bool is_kvstore = answer.kind == Kind::kArray && answer.items.size() > 1 &&
                          answer.items[1].text == "kvstore";
  if (is_kvstore) return {};
  // An error with a code of kvstore, for example that there are too many clients.
  const bool is_foreign = answer.kind != Kind::kError || answer.error.message.starts_with("unknown");
  if (is_foreign) return fail(wire::answers_in_resp());
  return fail(connection_error(answer.error, address));
}

Error connection_error(Error error, const Address& address) {
  constexpr const char* kOptions = "--user NAME, --password-file FILE or $KVSTORE_PASSWORD";
  if (error.code == Code::kNoAuth) {
    return {error.code, address.name() + " needs a password", kOptions};
  }
  if (error.code == Code::kWrongPass) error.hint = kOptions;
  // With its code in front if the reply was parsed as RESP.
  if (error.message.find("this port speaks TLS") != std::string::npos) {
    return {Code::kNetwork, address.name() + " speaks TLS",
            fmt::format("--tls, or kvstores://{}:{}", address.host, address.port)};
  }
  return error;
}

}  // namespace kvstore::client
