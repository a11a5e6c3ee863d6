#include "src/client/login.h"

#include <string_view>
#include <vector>

#include "src/client/resp_request.h"
#include "src/client/text_request.h"

namespace kvstore::client {

bool append_login(const Credentials& credentials, wire::Protocol protocol, std::string* out) {
  if (!credentials.password) return false;
  std::vector<std::string_view> words{"AUTH"};
  if (!credentials.user.empty()) words.push_back(credentials.user);
  words.push_back(*credentials.password);
  if (protocol == wire::Protocol::kResp) {
    append_resp_request(words, out);
  } else {
    // It never has the form of a longer request's first line.
    static_cast<void>(append_text_request(words, out));
  }
  return true;
}

Status check_login(const command::Reply& answer) {
  if (answer.kind == command::Reply::Kind::kError) return fail(answer.error);
  return {};
}

}  // namespace kvstore::client
