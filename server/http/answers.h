// Where in a conversation's output each answer is that has not been committed yet: so that it can
// still become another.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "src/base/status.h"
#include "src/wire/http/response.h"

namespace kvstore::server::http {

// A whole answer, appended. `is_head`: to HEAD, without its content.
void append_problem(const kvstore::wire::http::Problem& problem, bool closes, bool is_head,
                    std::string* out);

// Belongs to one thread.
class Answers {
 public:
  struct Answer {
    std::size_t begin = 0, end = 0;  // in the output; what is between two of them stays
    bool acknowledges_write = false;
    bool closes = false;
    bool is_head = false;
  };

  // `output` must outlive it.
  explicit Answers(std::string& output) : output_(output) {}

  void add(const Answer& answer) { answers_.push_back(answer); }
  std::size_t size() const { return answers_.size(); }
  bool empty() const { return answers_.empty(); }
  // All of them were committed.
  void clear() { answers_.clear(); }
  // The commit failed: whatever acknowledges a write says so instead.
  void take_back(const Error& error);

  std::size_t memory() const { return answers_.capacity() * sizeof(Answer); }
  void give_memory_back() {
    if (answers_.empty()) answers_ = {};
  }

 private:
  std::string& output_;
  std::vector<Answer> answers_;
};

}  // namespace kvstore::server::http
