// The responses of an HTTP conversation that have not been committed yet.
#pragma once

#include <cstddef>
#include <string>

#include "server/pending_answers.h"
#include "src/base/status.h"
#include "src/wire/http/response.h"

namespace kvstore::server::http {

// Appends a whole response. `is_head`: to HEAD, without content.
void append_problem(const kvstore::wire::http::Problem& problem, bool closes, bool is_head,
                    std::string* out);

struct PendingAnswer {
  std::size_t begin = 0, end = 0;  // in the output; bytes between responses stay
  bool acknowledges_write = false;
  bool closes = false;
  bool is_head = false;
};

class Answers : public PendingAnswers<PendingAnswer> {
 public:
  using PendingAnswers::PendingAnswers;

  // The commit failed: replaces responses that acknowledge a write by the error.
  void take_back(const Error& error);
};

}  // namespace kvstore::server::http
