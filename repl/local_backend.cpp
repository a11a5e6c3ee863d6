#include "repl/local_backend.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>

#include <fmt/core.h>

#include "repl/reply_shape.h"
#include "repl/signals.h"
#include "src/base/cancel.h"
#include "src/base/human.h"
#include "src/store/store.h"

namespace kvstore::repl {
namespace {

using command::Reply;

// Longer replies, in bytes, are shown in pieces if possible.
constexpr std::size_t kLongReply = std::size_t{1} << 20;

std::size_t size_of(const Reply& reply) {
  std::size_t size = sizeof reply + reply.text.size() + reply.error.message.size();
  if (reply.stream) size += reply.stream->memory();
  for (const Reply& item : reply.items) size += size_of(item);
  return size;
}

}  // namespace

command::Session::Info LocalBackend::session_info(bool waits_for_scrub) {
  return {.stream_above = kLongReply, .counts_lists = false, .waits_for_scrub = waits_for_scrub};
}

bool LocalBackend::submit(command::Args argv) {
  const CancelScope ctrl_c(&signals::interrupted);
  // Requests submitted together share one refresh.
  if (replies_.empty()) store().refresh();
  replies_.push_back(session_->execute(argv, command::ReplyCollector::Streams::kKept));
  held_bytes_ += size_of(replies_.back());
  const Reply& reply = replies_.back();
  const bool failed = reply.kind == Reply::Kind::kError || failed_item(reply) != nullptr;
  return !failed && !session_->exiting();
}

Status LocalBackend::finish_pending(const Take& take) {
  // The replies of the writes report a failed commit.
  (void)command::commit_replies(*session_, replies_);
  for (Reply& reply : replies_) take(std::move(reply));
  replies_.clear();
  held_bytes_ = 0;
  return {};
}

Status LocalBackend::follow(command::Args argv, const TakeMore& take) {
  using Step = command::Follower::Step;
  const CancelScope ctrl_c(&signals::interrupted);
  store().refresh();
  bool go_on = take(session_->execute(argv));
  while (go_on && session_->is_following() && session_->await_message()) {
    store().refresh();
    command::ReplyCollector collector(command::ReplyCollector::Streams::kKeptInside);
    if (session_->next_message(collector) == Step::kMessage) go_on = take(collector.take());
  }
  session_->end_following();
  return {};
}

std::vector<std::string> LocalBackend::complete_keys(std::string_view prefix, std::size_t limit) {
  using Clock = std::chrono::steady_clock;
  constexpr std::uint64_t kStep = 4096;
  const auto deadline = Clock::now() + std::chrono::milliseconds(250);
  std::set<std::string> found;
  std::uint64_t cursor = 0;
  store().refresh();
  do {
    const auto next = store().scan_step(cursor, kStep, [&](std::string_view key) {
      if (!key.starts_with(prefix)) return;
      found.emplace(key);
      if (found.size() > limit) found.erase(std::prev(found.end()));
    });
    if (!next) break;
    cursor = *next;
  } while (cursor != 0 && Clock::now() < deadline);
  return {found.begin(), found.end()};
}

std::string LocalBackend::banner() {
  const Stats stats = store().stats();
  std::string out = fmt::format("kvstore {}: {}, {}, {}", KVSTORE_VERSION, store().path(),
                                plural(stats.keys, "key"), human_size(stats.file_size));
  if (stats.read_only) out += ", read-only";
  out += '\n' + store().open_report().to_string();
  return out;
}

Store& LocalBackend::store() const { return session_->store(); }

std::string LocalBackend::path() const { return store().path(); }

Status LocalBackend::open_file(const std::string& path) {
  if (!open_) {
    return fail(Code::kUsage, ".open cannot leave the file of this shell",
                "kvstore " + path + ", in another terminal");
  }
  if (in_transaction()) {
    return fail(Code::kState, ".open would end the transaction", "COMMIT or ROLLBACK first");
  }
  KV_ASSIGN(Store * opened, open_(path));
  if (opened != &store()) session_.emplace(*opened, session_info(waits_for_scrub_));
  return {};
}

std::string LocalBackend::name() const {
  return std::filesystem::path(store().path()).filename().string();
}

}  // namespace kvstore::repl
