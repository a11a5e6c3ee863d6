// SYNC and STATS: the store as a whole.
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "src/command/quote.h"
#include "src/command/rows.h"
#include "src/command/session.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command {
namespace {

// "# Section" headings and "name:value" lines, as Redis' INFO: programs find the
// colon, people read the words.
class Lines {
 public:
  // Only sections that are `wanted` are written.
  explicit Lines(Args wanted) : wanted_(wanted) {}

  void section(std::string_view title) {
    on_ = wanted_.empty();
    for (const std::string_view word : wanted_) {
      on_ |= same_word(word, title) || same_word(word, "all") || same_word(word, "everything") ||
             same_word(word, "default");
    }
    if (on_) fmt::format_to(std::back_inserter(text_), "{}# {}\n", text_.empty() ? "" : "\n", title);
  }
  template <class T>
  void add(std::string_view name, const T& value) {
    if (on_) fmt::format_to(std::back_inserter(text_), "{}:{}\n", name, value);
  }
  void add_text(std::string_view name, std::string_view value) { add(name, escape_controls(value)); }
  std::string take() { return std::move(text_); }

 private:
  const Args wanted_;
  bool on_ = false;
  std::string text_;
};

std::string human_size(std::uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < std::size(kUnits)) {
    size /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", size, kUnits[unit]);
}

void add_server(Session& session, Lines* lines) {
  lines->section("Server");
  lines->add("kvstore_version", KVSTORE_VERSION);
  for (const auto& [name, value] : session.extra_info()) lines->add_text(name, value);
}

void add_store(Session& session, const Stats& stats, Lines* lines) {
  lines->section("Store");
  lines->add_text("file", session.store().path());
  lines->add("keys", stats.keys);
  lines->add("file_size", stats.file_size);
  lines->add("file_size_human", human_size(stats.file_size));
  lines->add("allocated", stats.allocated);
  lines->add("durable_size", stats.durable_size);
  lines->add("last_seq", stats.last_seq);
  lines->add("epoch", stats.epoch);
  lines->add_text("opened", session.store().open_report().to_string());
  lines->add("read_only", stats.read_only ? "yes" : "no");
  lines->add_text("writes_refused", stats.writes_refused.empty() ? "no" : stats.writes_refused);
}

void add_activity(const Stats& stats, Lines* lines) {
  lines->section("Memory");
  lines->add("index_bytes", stats.index_bytes);
  lines->add("index_human", human_size(stats.index_bytes));
  lines->section("Activity");
  lines->add("reads", stats.reads);
  lines->add("writes", stats.writes);
  lines->add("syncs", stats.syncs);
}

Reply stats(Session& session, Args args) {
  const Stats stats = session.store().stats();
  Lines lines(args.subspan(1));
  add_server(session, &lines);
  add_store(session, stats, &lines);
  add_activity(stats, &lines);
  return Reply::value(lines.take());
}

Reply sync(Session& session, Args) {
  const Status status = session.store().sync();
  return status ? Reply::ok() : Reply::failure(status.error());
}

constexpr Command kRows[] = {
    {.name = "SYNC", .group = "store", .arguments = "", .min_args = 0, .max_args = 0,
     .flags = kAdmin, .summary = "Wait until everything written is on the disk",
     .example = "SYNC", .example_reply = "+OK", .since = "0.1", .handler = sync},
    {.name = "STATS", .group = "store", .arguments = "[section ...]", .min_args = 0, .max_args = -1,
     .flags = kRead | kAdmin, .summary = "The state of the store: size, keys, syncs, why writes are refused",
     .example = "STATS Activity", .example_reply = "+VALUE ...\n# Activity\nreads:...\nwrites:...\nsyncs:...\n",
     .since = "0.1", .handler = stats},
};

}  // namespace

std::span<const Command> store_rows() { return kRows; }

}  // namespace kvstore::command
