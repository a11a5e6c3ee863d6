// The replies of a conversation in text and RESP that have not been committed yet.
#pragma once

#include <cstddef>
#include <string>

#include "server/pending_answers.h"
#include "src/base/status.h"
#include "src/wire/resp_writer.h"

namespace kvstore::server {

struct PendingAnswer {
  std::size_t begin = 0;  // offset in the output; it ends where the next one begins
  bool acknowledges_write = false;
  bool is_resp = false;
  bool crlf = false;
  std::string redis;  // for an error in text: its RESP wording
};

class Answers : public PendingAnswers<PendingAnswer> {
 public:
  using PendingAnswers::PendingAnswers;

  // The commit failed: replaces replies that acknowledge a write by the error.
  void take_back(const Error& error);
  // Rewords text replies for a client that has turned out to speak RESP.
  void reword(wire::RespWriter& resp);
};

}  // namespace kvstore::server
