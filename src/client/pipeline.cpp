#include "src/client/pipeline.h"

#include <chrono>
#include <optional>
#include <vector>

#include "src/base/cancel.h"
#include "src/client/login.h"
#include "src/client/resp_request.h"
#include "src/client/text_request.h"

namespace kvstore::client {
namespace {

using command::Reply;
using wire::ReplyParser;

// How long to wait for a server that does not reply after the end was requested.
constexpr auto kPatience = std::chrono::seconds(5);
constexpr int kLook_ms = 200;

}  // namespace

Status Pipeline::open(const Address& address, const Credentials& credentials) {
  KV_TRY(connection_.open(address));
  if (!append_login(credentials, protocol_, &out_)) return {};
  KV_ASSIGN(const Reply answer, receive());
  return check_login(answer, address);
}

void Pipeline::put(std::initializer_list<std::string_view> words) {
  if (protocol_ == wire::Protocol::kResp) return append_resp_request(words, &out_);
  const std::vector<std::string_view> argv(words);
  // Known commands, none of which looks like the first line of a block.
  static_cast<void>(append_text_request(argv, &out_));
}

Result<Reply> Pipeline::ask(std::initializer_list<std::string_view> words) {
  put(words);
  return receive();
}

Result<Reply> Pipeline::receive() {
  std::size_t sent = 0;
  std::optional<std::chrono::steady_clock::time_point> give_up;
  for (;;) {
    switch (replies_.next()) {
      case ReplyParser::Event::kReply:
        out_.erase(0, sent);
        return replies_.take();
      case ReplyParser::Event::kError:
        return fail(replies_.error());
      case ReplyParser::Event::kNeedInput:
        break;
    }
    if (interrupted_) return fail(Code::kTimeout, "the server did not answer");
    const auto now = std::chrono::steady_clock::now();
    if (is_cancelled() && !give_up) give_up = now + kPatience;
    if (give_up && now > *give_up) return fail(Code::kTimeout, "the server does not answer");
    in_.clear();
    KV_TRY(connection_.exchange(std::string_view(out_).substr(sent), &sent, &in_, kLook_ms));
    replies_.feed(in_);
  }
}

}  // namespace kvstore::client
