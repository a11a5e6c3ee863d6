#include "src/command/subscriptions.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace kvstore::command {
namespace {

// The payload of a message that is shared with other receivers.
class PayloadStream final : public ReplyStream {
 public:
  explicit PayloadStream(std::shared_ptr<const Message> message) : message_(std::move(message)) {}
  Kind kind() const override { return Kind::kValue; }
  std::uint64_t left() const override { return message_->payload.size() - at_; }
  Status next(ReplySink& to) override {
    constexpr std::size_t kPiece = std::size_t{64} << 10;
    const std::string_view piece = std::string_view(message_->payload).substr(at_, kPiece);
    to.part(piece);
    at_ += piece.size();
    return {};
  }
  std::size_t memory() const override { return 0; }  // accounted with the message

 private:
  const std::shared_ptr<const Message> message_;
  std::size_t at_ = 0;
};

constexpr std::string_view kWords[kListenings] = {"message", "pmessage", "smessage"};

}  // namespace

void Subscriptions::add(Listening how, std::string_view name) {
  auto [at, is_new] = names_[static_cast<std::size_t>(how)].emplace(name);
  if (!is_new) return;
  memory_ += memory_of(how, name);
  channels_.join(inbox_, how, *at);
}

void Subscriptions::remove(Listening how, std::string_view name) {
  Names& names = names_[static_cast<std::size_t>(how)];
  const auto at = names.find(name);
  if (at == names.end()) return;
  channels_.leave(inbox_, how, *at);
  inbox_.forget(how, *at);
  memory_ -= memory_of(how, *at);
  names.erase(at);
}

void Subscriptions::leave_all() {
  for (const Listening how : {Listening::kChannel, Listening::kPattern, Listening::kShard}) {
    for (const std::string& name : names(how)) channels_.leave(inbox_, how, name);
  }
}

std::size_t Subscriptions::count() const {
  return count_beside(Listening::kChannel) + count_beside(Listening::kShard);
}

std::size_t Subscriptions::count_beside(Listening how) const {
  if (how == Listening::kShard) return names(how).size();
  return names(Listening::kChannel).size() + names(Listening::kPattern).size();
}

// Entries here and in the server's list of channels, with their indexes; a pattern is parsed as
// well.
std::size_t Subscriptions::memory_of(Listening how, std::string_view name) {
  return 400 + (how == Listening::kPattern ? 24 : 3) * name.size();
}

void Subscriptions::take_messages() {
  if (taken_.empty() && inbox_.has_any()) taken_ = inbox_.take();
}

void Subscriptions::write_message(std::size_t stream_above, ReplySink& to) {
  const Inbox::Item item = std::move(taken_.front());
  taken_.pop_front();
  const bool has_pattern = item.how == Listening::kPattern;
  to.begin(Aggregate::kPush, has_pattern ? 4 : 3);
  to.value(kWords[static_cast<std::size_t>(item.how)]);
  if (has_pattern) to.value(*item.pattern);
  to.value(item.message->channel);
  if (item.message->payload.size() > stream_above)
    to.stream(std::make_unique<PayloadStream>(item.message));
  else
    to.value(item.message->payload);
  to.end();
}

}  // namespace kvstore::command
