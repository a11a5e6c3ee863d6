#include "server/answers.h"

#include <string_view>
#include <utility>

#include "src/base/check.h"
#include "src/command/reply.h"
#include "src/wire/reply_parser.h"
#include "src/wire/text_writer.h"

namespace kvstore::server {

void Answers::take_back(const Error& error) {
  if (answers_.empty()) return;
  const std::size_t begin = answers_.front().begin;
  const std::string replies = output_.substr(begin);
  output_.resize(begin);
  wire::TextWriter text(&output_);  // the client's writer may have begun a stream
  wire::RespWriter resp(&output_);
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    const std::size_t from = answers_[i].begin - begin;
    const std::size_t to = i + 1 < answers_.size() ? answers_[i + 1].begin - begin : replies.size();
    text.set_crlf(answers_[i].crlf);
    if (!answers_[i].acknowledges_write)
      output_.append(replies, from, to - from);
    else if (answers_[i].is_resp)
      resp.error(error);
    else
      text.error(error);
  }
}

void Answers::reword(wire::RespWriter& resp) {
  if (answers_.empty()) return;
  const std::size_t begin = answers_.front().begin;
  wire::ReplyParser replies;
  replies.feed(std::string_view(output_).substr(begin));
  output_.resize(begin);
  for (PendingAnswer& answer : answers_) {
    KV_CHECK(replies.next() == wire::ReplyParser::Event::kReply);
    command::Reply reply = replies.take();
    if (!answer.redis.empty()) reply.text = answer.redis;
    answer.begin = output_.size();
    command::write(reply, resp);
  }
}

}  // namespace kvstore::server
