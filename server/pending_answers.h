// The places of uncommitted replies in a conversation's output, so that they can still be replaced.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace kvstore::server {

// An Answer holds the place and what it replies to. Used by one thread.
template <class Answer>
class PendingAnswers {
 public:
  // `output` must outlive this.
  explicit PendingAnswers(std::string& output) : output_(output) {}

  void add(Answer answer) { answers_.push_back(std::move(answer)); }
  // The same for one that is filled in afterwards.
  Answer& add() { return answers_.emplace_back(); }
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
