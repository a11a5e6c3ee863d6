// Runs commands that have no change of their own in change.h, by the server's handlers.
#include <algorithm>
#include <vector>

#include "src/base/check.h"
#include "src/command/acl/command_keys.h"
#include "src/command/table.h"
#include "src/command/words.h"
#include "src/transfer/applier.h"
#include "src/wire/resp_parser.h"

namespace kvstore::transfer {

// Runs the command only if all its keys are as they were when it was first executed.
Status Applier::run(const Change& change) {
  wire::RespParser parser;
  parser.feed(change.value);
  KV_CHECK(parser.next() == wire::RequestParser::Event::kRequest);
  const command::Args argv = parser.request().argv;
  const command::Command& row = *command::find_command(argv[0]);
  const std::string_view name = command::original(row).name;
  const bool stores = name.ends_with("STORE") || name == "BITOP";
  std::vector<Touched> keys;
  command::acl::for_each_key(row, argv, [&](std::string_view key, command::acl::Access access) {
    keys.push_back({.key = key,
                    .is_written = (access & command::acl::kWrites) != 0,
                    .is_made_whole = stores && keys.empty()});
    return true;
  });
  KV_ASSIGN(const Fate fate, look_at_all(&keys));
  if (fate == Fate::kRun) {
    KV_TRY(execute(argv));
    for (const Touched& one : keys) {
      if (!one.is_made_whole) continue;
      left_out_.remove(one.key);
      expired_.remove(one.key);
    }
    ++counts_.others;
    counts_.bytes += change.value.size();
    return {};
  }
  if (fate == Fate::kSkipped) ++counts_.skipped;
  for (const Touched& one : keys) {
    if (one.is_written && !one.current.was_there) {
      KV_TRY(leave_out(one.key, argv[0], one.current));
    }
  }
  return {};
}

Result<Applier::Fate> Applier::look_at_all(std::vector<Touched>* keys) {
  Fate fate = Fate::kRun;
  for (Touched& one : *keys) {
    KV_ASSIGN(const Fate of_one, look_at_one(&one));
    if (fate != Fate::kSkipped && of_one != Fate::kRun) fate = of_one;
  }
  return fate;
}

// Handlers do not see keys that have expired since, or were there before the import, as they were.
Result<Applier::Fate> Applier::look_at_one(Touched* touched) {
  const bool is_left_out = left_out_.has(touched->key);
  if (is_left_out && !touched->is_made_whole) return Fate::kNotKnown;
  KV_ASSIGN(touched->current, look_at(touched->key));
  Current& current = touched->current;
  if (!current.was_there) {
    return current.has_expired && !touched->is_made_whole ? Fate::kNotKnown : Fate::kRun;
  }
  if (on_conflict_ == OnConflict::kSkip)
    return touched->is_written ? Fate::kSkipped : Fate::kNotKnown;
  if (!touched->is_written) return Fate::kNotKnown;
  if (on_conflict_ == OnConflict::kFail) return conflict(touched->key);
  ++counts_.replaced;
  KV_TRY(remove(touched->key));
  current = {};
  return Fate::kRun;
}

Status Applier::execute(command::Args argv) {
  if (!session_) session_ = std::make_unique<command::Session>(store_);
  hold();
  const command::Reply reply = session_->execute(argv);
  if (reply.kind == command::Reply::Kind::kError) return fail(reply.error);
  for (const std::string_view word : argv) held_bytes_ += word.size();
  return {};
}

}  // namespace kvstore::transfer
