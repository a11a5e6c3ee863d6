#include <iterator>

#include <fmt/format.h>

#include "src/client/resp_request.h"
#include "src/transfer/writers.h"

namespace kvstore::transfer {
namespace {

using client::append_resp_request;

void append_set(const Change& change, std::string* out) {
  if (change.expires_at_ms == 0) return append_resp_request({"SET", change.key, change.value}, out);
  append_resp_request(
      {"SET", change.key, change.value, "PXAT", fmt::to_string(change.expires_at_ms)}, out);
}

void append_expiry(const Change& change, std::string* out) {
  if (change.expires_at_ms == 0) return append_resp_request({"PERSIST", change.key}, out);
  append_resp_request({"PEXPIREAT", change.key, fmt::to_string(change.expires_at_ms)}, out);
}

}  // namespace

std::size_t RespWriter::write(const Change& change, std::string* out) {
  if (change.seq != 0 && change.time_us / 1'000'000 != noted_s_) {
    noted_s_ = change.time_us / 1'000'000;
    fmt::format_to(std::back_inserter(*out), "#TS:{}\r\n", noted_s_);
  }
  switch (change.kind) {
    case Change::Kind::kAppend:
      if (change.type == ValueType::kZset) return write_members(change, out);
      append_resp_request({"APPEND", change.key, change.value}, out);
      return 1;
    case Change::Kind::kRemove:
      append_resp_request({"DEL", change.key}, out);
      return 1;
    case Change::Kind::kClear:
      append_resp_request({"FLUSHALL"}, out);
      return 1;
    case Change::Kind::kExpire:
      append_expiry(change, out);
      return 1;
    case Change::Kind::kLost:
      return 0;  // Redis has no command for it
    default:
      if (change.type == ValueType::kZset) return write_members(change, out);
      append_set(change, out);
      return 1;
  }
}

std::size_t RespWriter::write_members(const Change& change, std::string* out) {
  std::size_t commands = 0;
  members_.write(change, [&](MemberCommands::Words words) {
    append_resp_request(words, out);
    ++commands;
  });
  return commands;
}

}  // namespace kvstore::transfer
