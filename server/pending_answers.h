// Where in a conversation's output each answer is that has not been committed yet: so that it can
// still become another.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace kvstore::server {

// An Answer says where it stands and what it is of. Belongs to one thread.
template <class Answer>
class PendingAnswers {
 public:
  // `output` must outlive it.
  explicit PendingAnswers(std::string& output) : output_(output) {}

  void add(Answer answer) { answers_.push_back(std::move(answer)); }
  std::size_t size() const { return answers_.size(); }
  bool empty() const { return answers_.empty(); }
  // All of them were committed.
  void clear() { answers_.clear(); }

  std::size_t memory() const { return answers_.capacity() * sizeof(Answer); }
  void give_memory_back() {
    if (answers_.empty()) answers_ = {};
  }

 protected:
  ~PendingAnswers() = default;

  std::string& output_;
  std::vector<Answer> answers_;
};

}  // namespace kvstore::server
