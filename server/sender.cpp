#include "server/sender.h"

namespace kvstore::server {
namespace {

constexpr std::size_t kLeastMoved = std::size_t{256} << 10;  // bytes sent before the rest is moved

}  // namespace

bool Sender::send_some() {
  while (sent_ < output_.size()) {
    const Transfer sent = transport_.write(std::string_view(output_).substr(sent_));
    if (sent.is_blocked()) break;
    if (!sent.is_done()) return false;
    sent_ += sent.size;
    unread_since_.reset();
  }
  drop_sent();
  return true;
}

// Moves the rest only if it is the smaller part, to bound the cost.
void Sender::drop_sent() {
  if (sent_ == output_.size()) {
    output_.clear();
    if (output_.capacity() > kKeptOutput) output_.shrink_to_fit();
    sent_ = 0;
  } else if (sent_ >= kLeastMoved && sent_ >= output_.size() / 2) {
    output_.erase(0, sent_);
    sent_ = 0;
  }
}

Deadline Sender::next(std::uint32_t limit_ms) {
  if (limit_ms == 0) return {};
  if (!unread_since_) unread_since_ = Clock::now();
  return {Due::kUnread, *unread_since_ + std::chrono::milliseconds(limit_ms)};
}

}  // namespace kvstore::server
