#include "src/transfer/import.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "src/base/cancel.h"
#include "src/base/clock.h"
#include "src/base/human.h"
#include "src/base/temporary_directory.h"
#include "src/transfer/member_check.h"
#include "src/transfer/reader.h"

namespace kvstore::transfer {
namespace {

// The temporary store that a dry run writes to.
struct Scratch {
  TemporaryDirectory directory;
  std::unique_ptr<Store> store;
};

Result<Scratch> make_scratch() {
  KV_ASSIGN(TemporaryDirectory directory, TemporaryDirectory::make("dry-run"));
  Options options;
  options.sync = SyncPolicy::none();
  KV_ASSIGN(auto store, Store::open(directory.path() + "/scratch.bin", options));
  return Scratch{std::move(directory), std::move(store)};
}

class Importer {
 public:
  Importer(Store* store, const ImportOptions& options) : store_(store), options_(options) {}

  ImportReport run(std::vector<Source>& sources) {
    const Status done = import(sources);
    if (!done) report_.error = done.error();
    return std::move(report_);
  }

 private:
  Status import(std::vector<Source>& sources);
  Status begin();
  Result<Format> format_of(Source& source);
  Status import_one(Source& source);
  Status take_all(Source& source, Reader& reader);
  Status take(Source& source, Reader& reader);
  Status take_change(const Change& change);
  Status remove_open();
  Status end_members();
  Status at(Reader& reader, const Source& source, Error error);

  Store* const store_;
  const ImportOptions& options_;
  std::optional<Scratch> scratch_;
  std::unique_ptr<Applier> applier_;
  MemberCheck members_;
  ImportReport report_;
};

Status Importer::import(std::vector<Source>& sources) {
  // Reports a format that is certainly wrong before anything is imported.
  for (Source& source : sources) KV_TRY(format_of(source));
  KV_TRY(begin());
  Status done;
  for (std::size_t i = 0; done && i < sources.size(); ++i) done = import_one(sources[i]);
  const Status finished = applier_->finish();
  report_.counts = applier_->counts();
  report_.left_out = applier_->left_out().examples();
  return done ? finished : done;
}

Status Importer::begin() {
  if (options_.dry_run) {
    KV_ASSIGN(Scratch scratch, make_scratch());
    scratch_.emplace(std::move(scratch));
  }
  Store& to = scratch_ ? *scratch_->store : *store_;
  KV_ASSIGN(applier_, Applier::begin(to, store_, options_.on_conflict));
  return {};
}

Result<Format> Importer::format_of(Source& source) {
  report_.place = source.name();
  KV_ASSIGN(const std::string_view beginning, source.peek());
  if (!options_.format) return format_of_content(beginning);
  KV_TRY(check_content(beginning));
  return *options_.format;
}

Status Importer::import_one(Source& source) {
  KV_ASSIGN(const Format format, format_of(source));
  const std::uint64_t now_us = store_ ? store_->now_us() : believed_now_us();
  const auto reader = make_reader(format, {.now_ms = now_us / 1000, .database = options_.database});
  Status done = take_all(source, *reader);
  for (const auto& [name, count] : reader->skipped()) report_.skipped[name] += count;
  return done;
}

Status Importer::take_all(Source& source, Reader& reader) {
  for (;;) {
    applier_->pause();  // the input may keep it waiting
    const auto bytes = source.read();
    if (!bytes) return at(reader, source, bytes.error());
    report_.bytes += bytes->size();
    if (bytes->empty()) reader.finish();
    reader.feed(*bytes);
    KV_TRY(take(source, reader));
    if (bytes->empty()) break;
    if (options_.on_progress) options_.on_progress(applier_->counts().all(), report_.bytes);
  }
  const Status whole = end_members();
  return whole ? whole : at(reader, source, whole.error());
}

// Applies all changes that are complete.
Status Importer::take(Source& source, Reader& reader) {
  for (;;) {
    switch (reader.next()) {
      case Reader::Event::kNeedInput:
      case Reader::Event::kEnd:
        return {};
      case Reader::Event::kError:
        return at(reader, source, reader.error());
      case Reader::Event::kChange:
        break;
    }
    if (is_cancelled()) return at(reader, source, cancelled().value());
    const Status applied = take_change(reader.change());
    if (!applied) return at(reader, source, applied.error());
  }
}

Status Importer::take_change(const Change& change) {
  if (Status good = members_.check(change); !good) {
    KV_TRY(remove_open());
    return good;
  }
  return applier_->apply(change);
}

// Removes a value that was imported only in part.
Status Importer::remove_open() {
  if (!members_.open_key()) return {};
  return applier_->apply({.kind = Change::Kind::kRemove, .key = *members_.open_key()});
}

Status Importer::end_members() {
  Status whole = members_.finish();
  if (!whole) KV_TRY(remove_open());
  return whole;
}

Status Importer::at(Reader& reader, const Source& source, Error error) {
  report_.place = reader.place(source.name());
  return fail(std::move(error));
}

void add_count(std::uint64_t count, std::string_view noun, std::vector<std::string>* parts) {
  if (count > 0) parts->push_back(plural(count, noun));
}

std::string describe_skipped(const Skipped& skipped) {
  std::string text;
  for (const auto& [name, count] : skipped) {
    text += text.empty() ? "" : ", ";
    text += name == kOtherDatabases ? plural(count, "command") + " of other databases"
                                    : fmt::format("{} {}", with_commas(count), name);
  }
  return text;
}

std::string describe_left_out(const ImportReport& report) {
  const std::uint64_t count = report.counts.left_out;
  if (count == 0) return {};
  std::string text = fmt::format("; left out {} that such commands changed: {}",
                                 plural(count, "key"), fmt::join(report.left_out, ", "));
  const std::uint64_t rest = count - std::min<std::uint64_t>(count, report.left_out.size());
  if (rest > 0) text += fmt::format(" and {} more", with_commas(rest));
  return text;
}

}  // namespace

ImportReport import_from(std::vector<Source>& sources, Store* store, const ImportOptions& options) {
  return Importer(store, options).run(sources);
}

std::string to_string(const ImportReport& report, bool dry_run) {
  const ApplyCounts& counts = report.counts;
  std::vector<std::string> parts;
  if (counts.sets > 0 || counts.all() == 0) parts.push_back(plural(counts.sets, "value"));
  add_count(counts.sorted_sets, "sorted set", &parts);
  add_count(counts.members, "member", &parts);
  add_count(counts.appends, "append", &parts);
  add_count(counts.removals, "removal", &parts);
  if (counts.expiries > 0) {
    parts.push_back(counts.expiries == 1 ? "1 expiry" : with_commas(counts.expiries) + " expiries");
  }
  add_count(counts.others, "other change", &parts);
  std::string text =
      fmt::format("{} {}", dry_run ? "would import" : "imported", fmt::join(parts, ", "));
  if (counts.replaced > 0) text += fmt::format("; replaced {}", plural(counts.replaced, "key"));
  if (counts.skipped > 0) {
    text +=
        fmt::format("; passed over {} of keys that were there", plural(counts.skipped, "change"));
  }
  if (counts.lost > 0)
    text += fmt::format("; {} that damage has taken", plural(counts.lost, "version"));
  if (!report.skipped.empty()) {
    text += fmt::format("; not carried out: {}", describe_skipped(report.skipped));
  }
  return text + describe_left_out(report);
}

}  // namespace kvstore::transfer
