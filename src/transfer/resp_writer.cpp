#include <iterator>

#include <fmt/format.h>

#include "src/client/resp_request.h"
#include "src/transfer/writers.h"

namespace kvstore::transfer {
namespace {

using client::append_resp_request;

void append_set(const Change& change, std::string* out) {
  if (change.expires_at_ms == 0) return append_resp_request({"SET", change.key, change.value}, out);
  append_resp_request({"SET", change.key, change.value, "PXAT", fmt::to_string(change.expires_at_ms)},
                 out);
}

void append_expiry(const Change& change, std::string* out) {
  if (change.expires_at_ms == 0) return append_resp_request({"PERSIST", change.key}, out);
  append_resp_request({"PEXPIREAT", change.key, fmt::to_string(change.expires_at_ms)}, out);
}

}  // namespace

void RespWriter::write(const Change& change, std::string* out) {
  if (change.seq != 0 && change.time_us / 1'000'000 != noted_s_) {
    noted_s_ = change.time_us / 1'000'000;
    fmt::format_to(std::back_inserter(*out), "#TS:{}\r\n", noted_s_);
  }
  switch (change.kind) {
    case Change::Kind::kAppend:
      return append_resp_request({"APPEND", change.key, change.value}, out);
    case Change::Kind::kRemove:
      return append_resp_request({"DEL", change.key}, out);
    case Change::Kind::kExpire:
      return append_expiry(change, out);
    case Change::Kind::kLost:
      return;  // Redis has nothing to say so with
    default:
      return append_set(change, out);
  }
}

}  // namespace kvstore::transfer
