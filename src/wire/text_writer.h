// Writes replies of the text protocol: `+OK`, `+VALUE n` and the bytes, `:n`, `+NIL`, `+ARRAY n`
// and n replies, `-ERR CODE text`, `+WORD` for a status. Lines end as the command's line did. An
// error is always one line: control bytes are escaped.
#pragma once

#include <string>
#include <string_view>

#include "src/wire/reply_writer.h"

namespace kvstore::wire {

class TextWriter final : public ReplyWriter {
 public:
  using ReplyWriter::ReplyWriter;

  // Applies to the following replies.
  void set_crlf(bool crlf) { line_end_ = crlf ? "\r\n" : "\n"; }

  void real(double number) override;
  void missing() override;
  void error(const command::Failure& failure) override;

 private:
  char* put_value_header(std::uint64_t size, char* to) const override;
  void append_header(command::Aggregate kind, std::uint64_t count, std::string* out) const override;
  std::string_view line_end() const override { return line_end_; }

  std::string_view line_end_ = "\n";
};

}  // namespace kvstore::wire
