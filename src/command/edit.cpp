#include "src/command/edit.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace kvstore::command {
namespace {

struct Freed {
  void operator()(char* bytes) const { std::free(bytes); }
};
using Zeros = std::unique_ptr<char[], Freed>;

// For large sizes the system provides pages that take no memory until they are written.
Zeros make_zeros(std::uint64_t size) {
  Zeros zeros(static_cast<char*>(std::calloc(size, 1)));
  if (zeros == nullptr) throw std::bad_alloc();
  return zeros;
}

// Accounts for the old value, and for the longer one if it is extended. A transaction copies it.
Status take_memory_to_edit(const Call& call, std::uint64_t size, std::uint64_t least) {
  const bool is_copied = call.data().in_transaction();
  if (is_copied) return call.session.take_memory(2 * std::max(size, least));
  return call.session.take_memory(least > size ? 2 * size : size);
}

}  // namespace

Outcome edit(const Call& call, FunctionRef<Outcome(Edit&)> change) {
  std::optional<Failure> failure;
  const Status done = call.data().update([&](Edit& data) -> Status {
    Outcome outcome = change(data);
    if (outcome) return {};
    failure = std::move(outcome.error());
    return fail(failure->error);
  });
  if (done) return {};
  if (failure) return fail(std::move(*failure));
  return fail(done.error());
}

// A set may leave the memory again, or change much, before the lock is taken: a single one is read
// anew a few times.
Outcome edit_sorted_sets(const Call& call, Args keys, FunctionRef<Outcome(Edit&)> change) {
  constexpr int kMostReads = 3;
  auto next = keys.begin();
  for (int reads = 1;; ++reads) {
    auto to_read = keys.end();
    KV_TRY(edit(call, [&](Edit& data) -> Outcome {
      to_read = std::find_if(next, keys.end(),
                             [&](std::string_view key) { return data.has_set_to_read(key); });
      return to_read == keys.end() ? change(data) : Outcome();
    }));
    if (to_read == keys.end()) return {};
    call.session.read_set_unlocked(*to_read);
    if (keys.size() > 1 || reads == kMostReads) next = to_read + 1;
  }
}

Checked<Present> read_for_edit(const Call& call, Edit& data, std::string_view key) {
  KV_ASSIGN(const auto info, data.stat(key));
  return read_for_edit(call, data, key, info);
}

Checked<Present> read_for_edit(const Call& call, Edit& data, std::string_view key,
                               const std::optional<KeyInfo>& info) {
  Present present;
  if (!info) return present;
  KV_TRY(call.session.take_memory(2 * info->size));
  KV_ASSIGN(present.is_there, data.get(key, &present.value));
  present.expires_at_ms = info->expires_at_ms;
  return present;
}

Outcome edit_bytes(const Call& call, std::uint64_t least, KeyEvent event,
                   const std::function<bool(std::span<char> bytes)>& change) {
  std::string old;
  Zeros longer;  // both live until the value is written
  return edit(call, [&](Edit& data) -> Outcome {
    const std::string_view key = call.args[1];
    KV_ASSIGN(const auto info, data.stat(key));
    const std::uint64_t size = info ? info->size : 0;
    KV_TRY(take_memory_to_edit(call, size, least));
    KV_TRY(data.get(key, &old));
    std::span<char> bytes(old);
    if (least > size) {
      longer = make_zeros(least);
      std::copy(old.begin(), old.end(), longer.get());
      std::string().swap(old);
      bytes = {longer.get(), least};
    }
    if (!change(bytes) && least <= size) return {};
    KV_TRY(
        data.change_held(key, {bytes.data(), bytes.size()}, info ? info->expires_at_ms : 0, event));
    return {};
  });
}

}  // namespace kvstore::command
