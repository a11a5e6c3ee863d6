// The subscriptions of one session, and its messages.
//
// Not thread-safe, but other threads may add to its inbox.
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
  // `channels` must outlive this. `wake`: see Inbox.
  Subscriptions(Channels& channels, std::function<void()> wake)
      : channels_(channels), inbox_(channels.most_of_one_listener(), std::move(wake)) {}
  ~Subscriptions() { leave_all(); }
  Subscriptions(const Subscriptions&) = delete;
  Subscriptions& operator=(const Subscriptions&) = delete;

  using Names = std::set<std::string, std::less<>>;
  void add(Listening how, std::string_view name);
  // Ends a subscription: no more of its messages are sent. An unknown name is ignored.
  void remove(Listening how, std::string_view name);
  const Names& names(Listening how) const { return names_[static_cast<std::size_t>(how)]; }
  std::size_t count() const;
  // The count as in replies: channels and patterns together, shard channels separately.
  std::size_t count_beside(Listening how) const;
  // Bytes of memory that the subscriptions take, and that one of this name would take (estimated).
  std::size_t memory() const { return memory_; }
  static std::size_t memory_of(Listening how, std::string_view name);

  bool has_messages() const { return !taken_.empty() || inbox_.has_any(); }
  // True if the client has read too slowly: messages are lost, and it must be closed.
  bool has_fallen_behind() const { return inbox_.has_overflown(); }
  // Takes the messages that have arrived, if all taken before are written.
  void take_messages();
  bool has_taken() const { return !taken_.empty(); }
  // Writes the next of the taken messages; a payload of more than `stream_above` bytes as a stream.
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
