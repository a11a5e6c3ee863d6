#include "src/command/channels.h"

#include <algorithm>
#include <utility>

namespace kvstore::command {
namespace {

constexpr std::size_t kOfItem = 64;  // approximate bytes of an item besides its message

std::size_t size_of(const Message& message) {
  return sizeof message + message.channel.capacity() + message.payload.capacity();
}

std::size_t size_of(const Inbox::Item& item) { return kOfItem + size_of(*item.message); }

bool is_of(const Inbox::Item& item, Listening how, std::string_view name) {
  if (item.how != how) return false;
  return name == (how == Listening::kPattern ? *item.pattern : item.message->channel);
}

// The same message, with memory accounted for its items in the inboxes, which may take many times
// as much, until the last of them is destroyed. nullptr: not enough memory. Subscribers that join
// before it is sent are not included.
std::shared_ptr<const Message> with_items(std::shared_ptr<const Message> message, std::size_t items,
                                          const Channels::Memory& memory) {
  const std::size_t size = kOfItem * items;
  if (message == nullptr || !memory.take(size)) return nullptr;
  const Message* const bytes = message.get();
  return {bytes, [held = std::move(message), size, &memory](const Message*) { memory.give(size); }};
}

// Whether it fits a name that begins so; perhaps not, if it goes on after that.
bool may_fit(std::string_view pattern, std::string_view beginning) {
  const std::string_view literal = pattern.substr(0, pattern.find_first_of("*?[\\"));
  return literal.starts_with(beginning) ||
         (literal.size() < pattern.size() && beginning.starts_with(literal));
}

}  // namespace

// --- Inbox

void Inbox::add(Item item) {
  {
    const MutexLock lock(mutex_);
    if (has_overflown()) return;
    const std::size_t size = size_of(item);
    if (size > limit_ - bytes_) {
      items_.clear();
      has_overflown_.store(true, std::memory_order_release);
    } else {
      items_.push_back(std::move(item));
      bytes_ += size;
      if (has_any_.exchange(true, std::memory_order_acq_rel)) return;
    }
  }
  wake_();
}

void Inbox::overflow() {
  {
    const MutexLock lock(mutex_);
    items_.clear();
    bytes_ = 0;
    if (has_overflown_.exchange(true, std::memory_order_acq_rel)) return;
  }
  wake_();
}

std::deque<Inbox::Item> Inbox::take() {
  const MutexLock lock(mutex_);
  has_any_.store(false, std::memory_order_release);
  bytes_ = 0;
  return std::exchange(items_, {});
}

void Inbox::forget(Listening how, std::string_view name) {
  const MutexLock lock(mutex_);
  std::size_t forgotten = 0;
  std::erase_if(items_, [&](const Item& item) {
    if (!is_of(item, how, name)) return false;
    forgotten += size_of(item);
    return true;
  });
  bytes_ -= forgotten;
  has_any_.store(!items_.empty(), std::memory_order_release);
}

// --- Subscriptions

void Channels::join(Inbox& inbox, Listening how, const std::string& name) {
  const MutexLock lock(mutex_);
  has_listeners_.store(true, std::memory_order_relaxed);
  Listeners& listeners = names_[static_cast<std::size_t>(how)][name];
  if (how == Listening::kPattern && listeners.pattern == nullptr) {
    listeners.pattern = std::make_shared<const std::string>(name);
    listeners.glob = std::make_shared<const Glob>(name);
  }
  listeners.inboxes.insert(&inbox);
}

void Channels::leave(Inbox& inbox, Listening how, const std::string& name) {
  const MutexLock lock(mutex_);
  Names& names = names_[static_cast<std::size_t>(how)];
  const auto known = names.find(name);
  if (known == names.end()) return;
  known->second.inboxes.erase(&inbox);
  if (known->second.inboxes.empty()) names.erase(known);
  const bool is_any = std::any_of(names_.begin(), names_.end(), [](const Names& of_a_kind) {
    return !of_a_kind.empty();
  });
  has_listeners_.store(is_any, std::memory_order_relaxed);
}

std::vector<std::string> Channels::names(Listening how) const {
  const MutexLock lock(mutex_);
  std::vector<std::string> names;
  names.reserve(of(how).size());
  for (const auto& [name, listeners] : of(how)) names.push_back(name);
  return names;
}

std::uint64_t Channels::count_listeners(Listening how, std::string_view name) const {
  const MutexLock lock(mutex_);
  const auto known = of(how).find(name);
  return known == of(how).end() ? 0 : known->second.inboxes.size();
}

std::size_t Channels::count(Listening how) const {
  const MutexLock lock(mutex_);
  return of(how).size();
}

// --- Messages

void Channels::visit_receivers(
    bool is_shard, std::string_view channel,
    const std::function<void(Listening, const Listeners&)>& visit) const {
  const Listening how = is_shard ? Listening::kShard : Listening::kChannel;
  if (const auto known = of(how).find(channel); known != of(how).end()) visit(how, known->second);
  if (is_shard) return;
  for (const auto& [name, listeners] : of(Listening::kPattern)) {
    if (listeners.glob->matches(channel)) visit(Listening::kPattern, listeners);
  }
}

std::uint64_t Channels::count_receivers(bool is_shard, std::string_view channel) const {
  if (!has_listeners()) return 0;
  const MutexLock lock(mutex_);
  std::uint64_t count = 0;
  visit_receivers(is_shard, channel, [&](Listening, const Listeners& listeners) {
    count += listeners.inboxes.size();
  });
  return count;
}

// nullptr: not enough memory. The message returns its memory when it is destroyed.
std::shared_ptr<const Message> Channels::make(std::string_view channel,
                                              std::string_view payload) const {
  const std::size_t size = sizeof(Message) + channel.size() + payload.size();
  if (!memory_.take(size)) return nullptr;
  auto give_back = [this, size](Message* message) {
    delete message;
    memory_.give(size);
  };
  std::unique_ptr<Message, decltype(give_back)> held(nullptr, give_back);
  try {
    held.reset(new Message{std::string(channel), std::string(payload)});
  } catch (...) {
    memory_.give(size);
    throw;
  }
  return std::shared_ptr<Message>(std::move(held));
}

Result<std::uint64_t> Channels::publish(bool is_shard, std::string_view channel,
                                        std::string_view payload) {
  const std::uint64_t receivers = count_receivers(is_shard, channel);
  if (receivers == 0) return 0;
  const std::shared_ptr<const Message> message =
      with_items(make(channel, payload), receivers, memory_);
  if (message == nullptr) {
    return fail(Code::kLimit, "the message would take more memory than is left to all connections",
                "try again later, or raise the server's --max-buffered");
  }
  std::uint64_t count = 0;
  const MutexLock lock(mutex_);
  visit_receivers(is_shard, channel, [&](Listening how, const Listeners& listeners) {
    for (Inbox* const inbox : listeners.inboxes) inbox->add({how, message, listeners.pattern});
    count += listeners.inboxes.size();
  });
  return count;
}

void Channels::close_listeners(std::string_view beginning) noexcept {
  const auto close = [](const Listeners& listeners) {
    for (Inbox* const inbox : listeners.inboxes) inbox->overflow();
  };
  const MutexLock lock(mutex_);
  for (const auto& [name, listeners] : of(Listening::kChannel)) {
    if (name.starts_with(beginning)) close(listeners);
  }
  for (const auto& [pattern, listeners] : of(Listening::kPattern)) {
    if (may_fit(pattern, beginning)) close(listeners);
  }
}

void Channels::close_receivers(std::string_view channel) {
  const MutexLock lock(mutex_);
  visit_receivers(false, channel, [&](Listening, const Listeners& listeners) {
    for (Inbox* const inbox : listeners.inboxes) inbox->overflow();
  });
}

}  // namespace kvstore::command
