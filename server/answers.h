// The answers of a conversation in text and RESP that have not been committed yet.
#pragma once

#include <cstddef>
#include <string>

#include "server/pending_answers.h"
#include "src/base/status.h"
#include "src/wire/resp_writer.h"

namespace kvstore::server {

struct PendingAnswer {
  std::size_t begin = 0;  // in the output; it ends where the next one begins
  bool acknowledges_write = false;
  bool is_resp = false;
  bool crlf = false;
  std::string redis;  // of an error in text: how RESP would word it
};

class Answers : public PendingAnswers<PendingAnswer> {
 public:
  using PendingAnswers::PendingAnswers;

  // The commit failed: whatever acknowledges a write says so instead.
  void take_back(const Error& error);
  // They were given in text to a client that speaks RESP, as has turned out.
  void reword(wire::RespWriter& resp);
};

}  // namespace kvstore::server
