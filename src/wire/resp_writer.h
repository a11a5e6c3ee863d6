// Writes replies of Redis' protocol, with Redis' wording of errors if there is one ("ERR unknown
// command ...", "ERR wrong number of arguments for 'get' command"). RESP3 has types for maps, sets,
// nulls, doubles, texts and pushed messages.
#pragma once

#include <string>
#include <string_view>

#include "src/wire/reply_writer.h"

namespace kvstore::wire {

class RespWriter final : public ReplyWriter {
 public:
  using ReplyWriter::ReplyWriter;

  // RESP2 is the default.
  void speak(command::Dialect dialect) override { is_resp3_ = dialect == command::Dialect::kResp3; }

  void text(std::string_view bytes) override;
  void real(double number) override;
  void missing() override;
  void missing_array() override;
  void error(const command::Failure& failure) override;

 private:
  char* put_value_header(std::uint64_t size, char* to) const override;
  void append_header(command::Aggregate kind, std::uint64_t count, std::string* out) const override;
  std::string_view line_end() const override { return "\r\n"; }

  bool is_resp3_ = false;
};

}  // namespace kvstore::wire
