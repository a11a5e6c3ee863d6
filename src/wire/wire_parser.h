// Parses the input of a connection: the text protocol, until a '*' comes where a command may begin.
// From there on it is RESP, with Redis' inline commands. So the bytes of a RESP argument are never
// parsed as lines, whatever came before.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "src/wire/request.h"
#include "src/wire/resp_parser.h"
#include "src/wire/text_parser.h"

namespace kvstore::wire {

class WireParser final : public RequestParser {
 public:
  explicit WireParser(const Limits& limits = {});

  // Concerns the last request or error of next(), and what follows.
  bool is_resp() const { return resp_.has_value(); }

  // RESP began right after an empty line with CR LF, as redis-cli --pipe sends it after the file.
  bool opened_after_blank_crlf() const { return is_resp() && text_.after_blank_crlf(); }

  // Applies to requests that next() has not looked at yet.
  void set_limits(const Limits& limits);
  // RespParser::look_ahead(); 0 for text.
  std::size_t look_ahead(std::span<std::string_view> words) const {
    return resp_ ? resp_->look_ahead(words) : 0;
  }

  void feed(std::string_view bytes) override { now().feed(bytes); }
  void finish() override { now().finish(); }
  Event next() override;
  const Request& request() const override { return now().request(); }
  const Error& error() const override { return now().error(); }
  std::uint64_t error_line() const override { return now().error_line(); }
  bool error_crlf() const override { return now().error_crlf(); }
  Pending pending() const override { return now().pending(); }
  bool has_buffered() const override { return now().has_buffered(); }
  std::size_t memory() const override { return now().memory(); }
  std::size_t memory_after(std::size_t bytes) const override { return now().memory_after(bytes); }
  void trim() override { now().trim(); }

 private:
  RequestParser& now() { return resp_ ? static_cast<RequestParser&>(*resp_) : text_; }
  const RequestParser& now() const {
    return resp_ ? static_cast<const RequestParser&>(*resp_) : text_;
  }

  Limits limits_;
  TextParser text_;  // unused once there is resp_
  std::optional<RespParser> resp_;
};

}  // namespace kvstore::wire
