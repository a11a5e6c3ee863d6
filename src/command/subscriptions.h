// What one session listens to, and the messages it is sent.
//
// Not thread-safe; what its inbox is given comes from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "src/command/channels.h"
#include "src/command/reply_sink.h"

namespace kvstore::command {

class Subscriptions {
 public:
  // `channels` must outlive it. `wake`: as Inbox.
  Subscriptions(Channels& channels, std::function<void()> wake)
      : channels_(channels), inbox_(channels.most_of_one_listener(), std::move(wake)) {}
  ~Subscriptions() { leave_all(); }
  Subscriptions(const Subscriptions&) = delete;
  Subscriptions& operator=(const Subscriptions&) = delete;

  using Names = std::set<std::string, std::less<>>;
  void add(Listening how, std::string_view name);
  // Nothing of that name is sent any more. A name that is not listened to is no mistake.
  void remove(Listening how, std::string_view name);
  const Names& names(Listening how) const { return names_[static_cast<std::size_t>(how)]; }
  std::size_t count() const;
  // As replies count them: channels and patterns together, shard channels by themselves.
  std::size_t count_beside(Listening how) const;
  // That they take, about; and what one of that name would.
  std::size_t memory() const { return memory_; }
  static std::size_t memory_of(Listening how, std::string_view name);

  bool has_messages() const { return !taken_.empty() || inbox_.has_any(); }
  // It has read too slowly, and messages are lost: it is to be closed.
  bool has_fallen_behind() const { return inbox_.has_overflown(); }
  // Takes what has come by now, if all that was taken before is written.
  void take_messages();
  bool has_taken() const { return !taken_.empty(); }
  // Writes the next of what was taken; a payload of more than `stream_above` bytes as a stream.
  void write_message(std::size_t stream_above, ReplySink& to);

 private:
  void leave_all();

  Channels& channels_;
  Inbox inbox_;
  std::array<Names, kListenings> names_;
  std::size_t memory_ = 0;
  std::deque<Inbox::Item> taken_;
};

}  // namespace kvstore::command
