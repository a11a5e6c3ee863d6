// The answers of a conversation in HTTP that have not been committed yet.
#pragma once

#include <cstddef>
#include <string>

#include "server/pending_answers.h"
#include "src/base/status.h"
#include "src/wire/http/response.h"

namespace kvstore::server::http {

// A whole answer, appended. `is_head`: to HEAD, without its content.
void append_problem(const kvstore::wire::http::Problem& problem, bool closes, bool is_head,
                    std::string* out);

struct PendingAnswer {
  std::size_t begin = 0, end = 0;  // in the output; what is between two of them stays
  bool acknowledges_write = false;
  bool closes = false;
  bool is_head = false;
};

class Answers : public PendingAnswers<PendingAnswer> {
 public:
  using PendingAnswers::PendingAnswers;

  // The commit failed: whatever acknowledges a write says so instead.
  void take_back(const Error& error);
};

}  // namespace kvstore::server::http
