// HISTORY: what a key was before.
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "src/command/at.h"
#include "src/command/errors.h"
#include "src/command/numbers.h"
#include "src/command/rows.h"
#include "src/command/session.h"
#include "src/command/streams.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command {
namespace {

// A key may have a billion versions; one reply lists these.
constexpr std::uint64_t kDefaultLimit = 100;
constexpr std::uint64_t kMaxLimit = 100'000;

std::string_view kind_name(Version::Kind kind) {
  switch (kind) {
    case Version::Kind::kSet: return "set";
    case Version::Kind::kAppend: return "append";
    case Version::Kind::kDelete: return "delete";
    case Version::Kind::kExpire: return "expire";
    case Version::Kind::kHole: return "hole";
    case Version::Kind::kGap: return "gap";
  }
  return "unknown";
}

Reply describe_version(const Version& version) {
  return Reply::array({Reply::of(static_cast<std::int64_t>(version.seq)),
                       Reply::value(format_time(version.time_us)),
                       Reply::value(std::string(kind_name(version.kind))),
                       Reply::of(static_cast<std::int64_t>(version.size))});
}

Reply list_versions(Session& session, std::vector<Version> versions) {
  if (session.streams() && versions.size() > kDefaultLimit) {
    return Reply::streamed(Reply::Kind::kArray, std::make_shared<VersionStream>(
                                                    std::move(versions), &describe_version));
  }
  Reply reply = Reply::array({});
  for (const Version& version : versions) reply.items.push_back(describe_version(version));
  return reply;
}

Reply history(Session& session, Args args) {
  std::uint64_t limit = kDefaultLimit;
  if (args.size() > 2) {
    const Command& command = *find_command(args[0]);
    if (!same_word(args[2], "LIMIT")) return unknown_option(command, args[2]);
    if (args.size() == 3) return needs_value("LIMIT", "a number", "HISTORY key LIMIT 10");
    limit = parse_unsigned(args[3]).value_or(0);
    if (limit == 0 || limit > kMaxLimit) {
      return bad_number(args[3], "a limit of 1 to 100000", "HISTORY key LIMIT 10");
    }
  }
  std::vector<Version> versions;
  Status memory;
  const Status status = session.store().history(args[1], limit, [&](const Version& version) {
    if (versions.size() == versions.capacity()) {
      memory = session.take_memory(versions.size() * 2 * sizeof(Version));
    }
    if (memory) versions.push_back(version);
    return bool(memory);
  });
  if (!status) return Reply::failure(status.error());
  if (!memory) return Reply::failure(memory.error());
  return list_versions(session, std::move(versions));
}

constexpr Command kRows[] = {
    {.name = "HISTORY", .group = "history", .arguments = "key [LIMIT n]", .min_args = 1,
     .max_args = 3, .flags = kRead,
     .summary = "A key's versions, newest first (100 of them, or n): seq, time, kind, size",
     .example = "SET price 10\nAPPEND price .50\nHISTORY price LIMIT 1",
     .example_reply = "+ARRAY 1\n+ARRAY 4\n:2\n+VALUE 27\n...Z\n+VALUE 6\nappend\n:5",
     .since = "0.1", .handler = history},
};

}  // namespace

std::span<const Command> history_rows() { return kRows; }

}  // namespace kvstore::command
