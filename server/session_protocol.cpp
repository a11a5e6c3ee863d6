#include "server/session_protocol.h"

#include "server/conversation_memory.h"

namespace kvstore::server {

SessionProtocol::SessionProtocol(Shared& shared, const ClientNames& client, std::size_t outside,
                                 Links links, std::uint64_t longest_value)
    : memory_(shared.buffered),
      outside_(outside),
      last_turn_(Journal::now_us()),
      shared_(shared),
      links_(links),
      unasked_(unasked_of(shared, outside)),
      piece_(piece_of(shared)),
      session_(shared.store, {.server = shared.control,
                              .take_memory =
                                  [](void* self, std::size_t bytes) {
                                    return static_cast<SessionProtocol*>(self)->take_memory(bytes);
                                  },
                              .stream_above = piece_,
                              .longest_value = longest_value,
                              .wake =
                                  [](void* self) {
                                    const Links& to = static_cast<SessionProtocol*>(self)->links_;
                                    if (to.wake != nullptr) to.wake(to.context);
                                  },
                              .is_gone =
                                  [](void* self) {
                                    const Links& to = static_cast<SessionProtocol*>(self)->links_;
                                    return to.is_gone != nullptr && to.is_gone(to.context);
                                  },
                              .users = &shared.users,
                              .client = client.name,
                              .peer = client.peer,
                              .context = this}),
      journal_(shared, client.name, client.address, session_.card()) {}

std::optional<Clock::time_point> SessionProtocol::wait_held_until() const {
  if (!shared_.client_pause.is_on() || !session_.may_write_later()) return std::nullopt;
  return shared_.client_pause.holds(session_.card().command.load(), session_);
}

void SessionProtocol::end_turn() {
  journal_.end_turn();
  last_turn_.store(journal_.clock_us(), std::memory_order_relaxed);
  count_memory();
}

void SessionProtocol::count_memory() {
  counted_ = outside_ + held();
  memory_.correct(counted_);
  published_.store(counted_, std::memory_order_relaxed);
}

bool SessionProtocol::take_memory(std::size_t bytes) {
  if (!memory_.resize(counted_ + bytes)) return false;
  counted_ += bytes;
  return true;
}

void SessionProtocol::set_outside_memory(std::size_t bytes) {
  outside_ = bytes;
  count_memory();
}

}  // namespace kvstore::server
