#include "src/command/edit.h"

#include <optional>
#include <utility>

namespace kvstore::command {

Outcome edit(const Call& call, const std::function<Outcome(Edit&)>& change) {
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

Checked<Present> read_for_edit(const Call& call, Edit& data, std::string_view key) {
  Present present;
  KV_ASSIGN(const auto info, data.stat(key));
  if (!info) return present;
  KV_TRY(call.session.take_memory(2 * info->size));
  KV_ASSIGN(present.is_there, data.get(key, &present.value));
  present.expires_at_ms = info->expires_at_ms;
  return present;
}

}  // namespace kvstore::command
