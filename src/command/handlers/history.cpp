// HISTORY, UNDO: past versions of a key, and their restoration.
#include "src/command/rows/history.h"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/civil_time.h"
#include "src/command/arguments.h"
#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/numbers.h"
#include "src/command/streams.h"
#include "src/command/version_name.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command::handlers {
namespace {

// A key may have a billion versions, so a reply is limited to these numbers.
constexpr std::uint64_t kDefaultLimit = 100;
constexpr std::uint64_t kMaxLimit = 100'000;

void write_version(const Version& version, ReplySink& to) {
  to.begin(Aggregate::kArray, 5);
  to.integer(static_cast<std::int64_t>(version.seq));
  to.value(iso_time(version.time_us));
  to.value(change_name(version.kind, version.type));
  to.integer(static_cast<std::int64_t>(version.size));
  if (version.expires_at_ms == 0)
    to.missing();
  else
    to.value(iso_time(version.expires_at_ms * 1000));
  to.end();
}

Checked<std::uint64_t> take_limit(const Call& call) {
  const Args args = call.args;
  if (args.size() == 2) return kDefaultLimit;
  if (!same_word(args[2], "LIMIT")) return fail(unknown_option(call.row, args[2]));
  if (args.size() == 3) return fail(needs_value("LIMIT", "a number", "HISTORY key LIMIT 10"));
  const std::uint64_t limit = parse_unsigned(args[3]).value_or(0);
  if (limit > 0 && limit <= kMaxLimit) return limit;
  return fail(bad_number(args[3], "a limit of 1 to 100000", "HISTORY key LIMIT 10"));
}

Result<std::vector<Version>> versions_of(const Call& call, std::uint64_t limit) {
  std::vector<Version> versions;
  Status memory;
  KV_TRY(call.data().history(call.args[1], limit, [&](const Version& version) {
    if (versions.size() == versions.capacity()) {
      memory = call.session.take_memory(versions.size() * 2 * sizeof(Version));
    }
    if (memory) versions.push_back(version);
    return bool(memory);
  }));
  KV_TRY(std::move(memory));
  return versions;
}

// Memory of at most this size is not accounted.
constexpr std::uint64_t kUncountedValue = std::uint64_t{64} << 10;

Checked<At> take_to(const Call& call) {
  if (call.args.size() == 2) return At();
  if (!same_word(call.args[2], "TO")) return fail(unknown_option(call.row, call.args[2]));
  if (call.args.size() == 3) {
    return fail(needs_value("TO", "a seq or a time", usage(call.row)));
  }
  return take_point(call, 3, "UNDO key TO 1234 (a seq of HISTORY), TO 2026-03-01T14:30Z or TO -5m");
}

}  // namespace

Outcome undo(Call& call) {
  UndoOptions options;
  KV_ASSIGN(options.to, take_to(call));
  options.take_memory = [&call](std::uint64_t bytes) {
    return bytes > kUncountedValue ? call.session.take_memory(bytes) : Status{};
  };
  KV_ASSIGN(const Undone undone, call.data().undo(call.args[1], std::move(options)));
  if (undone.written)
    call.reply.integer(static_cast<std::int64_t>(undone.restored));
  else
    call.reply.missing();
  return {};
}

Outcome history(Call& call) {
  KV_ASSIGN(const std::uint64_t limit, take_limit(call));
  KV_ASSIGN(std::vector<Version> versions, versions_of(call, limit));
  const bool is_long = call.session.streams() && versions.size() > kDefaultLimit;
  auto stream = std::make_unique<VersionStream>(std::move(versions), &write_version);
  if (is_long)
    call.reply.stream(std::move(stream));
  else
    (void)write_all(*stream, call.reply);  // never fails for versions
  return {};
}

}  // namespace kvstore::command::handlers
