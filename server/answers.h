// Where in a conversation's output each reply is that has not been committed yet: so that
// it can still become another.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "src/base/status.h"
#include "src/wire/resp_writer.h"

namespace kvstore::server {

// Belongs to one thread.
class Answers {
 public:
  struct Answer {
    std::size_t begin = 0;  // in the output; it ends where the next one begins
    bool acknowledges_write = false;
    bool is_resp = false;
    bool crlf = false;
    std::string redis;  // of an error in text: how RESP would word it
  };

  // `output` must outlive it.
  explicit Answers(std::string& output) : output_(output) {}

  void add(Answer answer) { answers_.push_back(std::move(answer)); }
  std::size_t size() const { return answers_.size(); }
  bool empty() const { return answers_.empty(); }
  // All of them were committed.
  void clear() { answers_.clear(); }

  // The commit failed: whatever acknowledges a write says so instead.
  void take_back(const Error& error);
  // They were given in text to a client that speaks RESP, as has turned out.
  void reword(wire::RespWriter& resp);

  std::size_t memory() const { return answers_.capacity() * sizeof(Answer); }
  void give_memory_back() {
    if (answers_.empty()) answers_ = {};
  }

 private:
  std::string& output_;
  std::vector<Answer> answers_;
};

}  // namespace kvstore::server
