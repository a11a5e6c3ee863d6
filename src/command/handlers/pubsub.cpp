// SUBSCRIBE and related commands, PUBLISH, PUBSUB: messages of channels, which are not stored.
#include "src/command/rows/pubsub.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/command/call.h"
#include "src/command/glob.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

Listening listening_of(std::string_view name) {
  if (name.starts_with('P')) return Listening::kPattern;
  return name == "SSUBSCRIBE" || name == "SUNSUBSCRIBE" ? Listening::kShard : Listening::kChannel;
}

// Each name is replied separately, as in Redis: its clients count these replies.
void answer(const Call& call, std::optional<std::string_view> name, std::size_t count) {
  call.reply.begin(Aggregate::kPush, 3);
  call.reply.value(lower(call.row.name));
  if (name)
    call.reply.value(*name);
  else
    call.reply.missing();
  call.reply.integer(static_cast<std::int64_t>(count));
  call.reply.end();
}

// A name is matched against every pattern under the lock of all channels, which may take time
// proportional to the product of both sizes.
constexpr std::size_t kMostOfName = std::size_t{64} << 10;
constexpr std::size_t kMostOfPattern = std::size_t{1} << 10;

Outcome check_size(Listening how, std::string_view name) {
  if (how == Listening::kPattern) {
    KV_TRY(Glob::check(name));
    if (name.size() <= kMostOfPattern) return {};
    return fail(Code::kTooBig, "a pattern of channels is at most 1024 bytes long",
                "PSUBSCRIBE news.*");
  }
  if (name.size() <= kMostOfName) return {};
  return fail(Code::kTooBig, "a channel's name is at most 65536 bytes long",
              "a short name, and the rest in the message");
}

// Checks all names before the first is replied.
Outcome check_names(const Call& call, Listening how) {
  std::size_t memory = 0;
  for (const std::string_view name : call.args.subspan(1)) {
    KV_TRY(check_size(how, name));
    memory += Subscriptions::memory_of(how, name) + name.size() + 64;
  }
  KV_TRY(call.session.take_memory(memory));
  return {};
}

const Channels* channels_of(const Call& call) {
  ServerControl* const control = call.session.server_control();
  return control == nullptr ? nullptr : &control->channels();
}

Listening asked_by(const Call& call) {
  return call.row.name.starts_with("SHARD") ? Listening::kShard : Listening::kChannel;
}

}  // namespace

Outcome publish(Call& call) {
  const bool is_shard = call.row.name == "SPUBLISH";
  KV_TRY(check_size(is_shard ? Listening::kShard : Listening::kChannel, call.args[1]));
  KV_ASSIGN(const std::uint64_t count, call.session.publish(is_shard, call.args[1], call.args[2]));
  call.reply.integer(static_cast<std::int64_t>(count));
  return {};
}

Outcome subscribe(Call& call) {
  const Listening how = listening_of(call.row.name);
  KV_ASSIGN(Subscriptions* const subscriptions, call.session.subscriptions());
  KV_TRY(check_names(call, how));
  for (const std::string_view name : call.args.subspan(1)) {
    subscriptions->add(how, name);
    answer(call, name, subscriptions->count_beside(how));
  }
  call.session.note_subscriptions();
  call.session.push_reply();
  return {};
}

Outcome unsubscribe(Call& call) {
  const Listening how = listening_of(call.row.name);
  KV_ASSIGN(Subscriptions* const subscriptions, call.session.subscriptions());
  const Subscriptions::Names& known = subscriptions->names(how);
  std::vector<std::string> names(call.args.begin() + 1, call.args.end());
  if (names.empty()) names.assign(known.begin(), known.end());
  for (const std::string& name : names) {
    subscriptions->remove(how, name);
    answer(call, name, subscriptions->count_beside(how));
  }
  if (names.empty()) answer(call, std::nullopt, subscriptions->count_beside(how));
  call.session.note_subscriptions();
  call.session.push_reply();
  return {};
}

Outcome pubsub_channels(Call& call) {
  const Channels* const channels = channels_of(call);
  std::vector<std::string> names;
  if (channels != nullptr) names = channels->names(asked_by(call));
  if (call.args.size() > 2) {
    KV_TRY(Glob::check(call.args[2]));
    const Glob glob(call.args[2]);
    std::erase_if(names, [&](const std::string& name) { return !glob.matches(name); });
  }
  call.reply.begin(Aggregate::kArray, names.size());
  for (const std::string& name : names) call.reply.value(name);
  call.reply.end();
  return {};
}

Outcome pubsub_numsub(Call& call) {
  const Channels* const channels = channels_of(call);
  const Args names = call.args.subspan(2);
  call.reply.begin(Aggregate::kArray, 2 * names.size());
  for (const std::string_view name : names) {
    call.reply.value(name);
    const std::uint64_t count =
        channels == nullptr ? 0 : channels->count_listeners(asked_by(call), name);
    call.reply.integer(static_cast<std::int64_t>(count));
  }
  call.reply.end();
  return {};
}

Outcome pubsub_numpat(Call& call) {
  const Channels* const channels = channels_of(call);
  const std::size_t count = channels == nullptr ? 0 : channels->count(Listening::kPattern);
  call.reply.integer(static_cast<std::int64_t>(count));
  return {};
}

}  // namespace kvstore::command::handlers
