// FLUSHDISK, STATS and INFO: the store as a whole.
#include <algorithm>
#include <iterator>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "src/command/errors.h"
#include "src/command/handlers/info.h"
#include "src/command/quote.h"
#include "src/command/rows.h"
#include "src/command/session.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command {
namespace {

Reply unknown_section(std::string_view command, std::string_view word) {
  Reply reply = Reply::failure({Code::kUnknown, fmt::format("unknown section {} of {}", quote(word), command),
                                fmt::format("{} [{}]", command, fmt::join(info_sections(), "|"))});
  reply.text = fmt::format("ERR unknown section '{}'", word.substr(0, 64));
  return reply;
}

// Redis answers INFO of a section that it does not know with nothing, and its
// clients ask for sections of all its versions.
Reply redis_info(Session& session, Args sections) {
  Reply reply = Reply::value(info_for_redis(session, sections));
  reply.shape = Reply::Shape::kText;
  return reply;
}

Reply stats(Session& session, Args args) {
  const Args sections = args.subspan(1);
  const bool is_info = same_word(args[0], "INFO");
  if (is_info && session.dialect() != Dialect::kText) return redis_info(session, sections);
  for (const std::string_view section : sections) {
    if (!is_info_section(section)) return unknown_section(is_info ? "INFO" : "STATS", section);
  }
  return Reply::value(info_for_people(session, sections));
}

// Redis' SYNC makes of a connection a replica's: its tools would wait for a stream
// of data that never comes.
Reply replication() {
  Reply reply = Reply::failure({Code::kUnknown, "SYNC is Redis' replication, which is not supported",
                                "FLUSHDISK, to wait until everything written is on the disk"});
  reply.text = "ERR SYNC: replication is not supported; FLUSHDISK waits until everything written is on the disk";
  return reply;
}

Reply flush_disk(Session& session, Args args) {
  if (same_word(args[0], "SYNC") && session.dialect() != Dialect::kText) return replication();
  const Status status = session.store().sync();
  return status ? Reply::ok() : Reply::failure(status.error());
}

constexpr Command kRows[] = {
    {.name = "FLUSHDISK", .group = "store", .arguments = "", .min_args = 0, .max_args = 0,
     .flags = kAdmin, .summary = "Wait until everything written is on the disk",
     .example = "FLUSHDISK", .example_reply = "+OK", .since = "0.1", .handler = flush_disk},
    {.name = "STATS", .group = "store", .arguments = "[section ...]", .min_args = 0, .max_args = -1,
     .flags = kRead | kAdmin,
     .summary = "The state of the store: size, keys, syncs, warnings, why writes are refused",
     .example = "STATS Activity", .example_reply = "+VALUE ...\n# Activity\nreads:...\nwrites:...\nsyncs:...\n",
     .since = "0.1", .handler = stats},
};

}  // namespace

std::span<const Command> store_rows() { return kRows; }

}  // namespace kvstore::command
