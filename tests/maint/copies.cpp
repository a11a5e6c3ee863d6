#include "tests/maint/copies.h"

#include <map>
#include <set>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "src/log/header_page.h"
#include "src/log/scanner.h"
#include "src/store/backup.h"
#include "src/store/store.h"
#include "tests/maint/support.h"
#include "tests/support/open_store.h"

namespace kvstore::maint::testing {
namespace {

constexpr const char* kFile = "whole.bin";
constexpr std::uint64_t kMoments = 12;  // at most so many seqs are asked for

Options on(SimFiles& files) {
  Options options;
  options.file_system = &files;
  options.sync = SyncPolicy::none();
  return options;
}

struct Known {
  std::set<std::string> keys;
  std::set<std::uint64_t> seqs;
  std::uint64_t floor_seq = 0, last_seq = 0;
};

Known known_of(const std::string& image) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(image.data());
  const auto page = log::read_header_page(data, image.size(), "image");
  REQUIRE(page.has_value());
  const log::Binding binding(page->header.file_id);
  const log::ValidityMap validity({}, page->base);
  const log::View view{data, image.size(), &binding, nullptr, &validity, nullptr};
  Known known;
  known.floor_seq = known.last_seq = page->header.floor_seq;
  log::Scanner scanner(view);
  while (scanner.next() == log::Scanner::Step::kRecord) {
    const log::Record& record = scanner.record();
    if (record.has_key()) known.keys.emplace(record.key());
    if (!record.takes_seq() || record.seq <= known.floor_seq) continue;
    known.seqs.insert(record.seq);
    known.last_seq = record.seq;
  }
  return known;
}

std::string answer(Store& store, const std::string& key, const At& at = {}) {
  const std::string value = kvstore::testing::get(store, key, at);
  const auto info = store.stat(key, at);
  if (!info) return value + " " + kvstore::testing::name_of(info.error());
  if (!*info) return value;
  return fmt::format("{} {} bytes until {}", value, (*info)->size, (*info)->expires_at_ms);
}

// What a REF named may be written out, in records of other kinds.
std::string name_of(Version::Kind kind) {
  using enum Version::Kind;
  const bool is_value = kind == kSet || kind == kAppend || kind == kGap;
  return is_value ? "value" : fmt::format("kind {}", static_cast<int>(kind));
}

// Of the versions above the floor.
std::string history(Store& store, const std::string& key, std::uint64_t floor) {
  std::string all;
  const Status read = store.history(key, UINT64_MAX, [&](const Version& version) {
    if (version.seq <= floor || version.kind == Version::Kind::kCut) return false;
    all += fmt::format("{}@{} {}; ", name_of(version.kind), version.seq, version.size);
    return true;
  });
  return read ? all : all + kvstore::testing::name_of(read.error());
}

// By what is asked.
using Answers = std::map<std::string, std::string>;

// Of versions from the floor on, each `step`-th.
Answers answers_of(Store& store, const Known& known, std::uint64_t floor) {
  Answers answers;
  const std::uint64_t step = known.seqs.size() / kMoments + 1;
  for (const std::string& key : known.keys) {
    answers[key] = answer(store, key);
    answers[key + ", its history"] = history(store, key, floor);
    std::uint64_t number = 0;
    for (const std::uint64_t seq : known.seqs) {
      if (seq < floor || number++ % step != 0) continue;
      answers[fmt::format("{} as of {}", key, seq)] =
          answer(store, key, kvstore::testing::at_seq(seq));
    }
  }
  return answers;
}

using Wrong = std::optional<std::string>;

Wrong compare(const Answers& right, Store& store, const Known& known, std::uint64_t floor) {
  const Answers got = answers_of(store, known, floor);
  for (const auto& [what, answer] : right) {
    if (got.at(what) != answer) {
      return fmt::format("{} is {:.60}, and was {:.60}", what, got.at(what), answer);
    }
  }
  return std::nullopt;
}

// A file that is to say the same, opened anew.
Wrong judge_file(SimFiles& files, const std::string& path, const Answers& right, const Known& known,
                 std::uint64_t floor) {
  const Report report = audit_of(files.memory(path));
  if (report.state() != maint::State::kIntact) {
    return report.damage.empty() ? "it is not intact" : "it is damaged: " + report.damage[0].reason;
  }
  const auto store = Store::open(path, on(files));
  if (!store) return "it does not open: " + store.error().message;
  Wrong wrong = compare(right, **store, known, floor);
  if (wrong) *wrong = "opened anew, " + *wrong;
  return wrong;
}

// The file itself, once it has an index.
Wrong judge_indexed(const std::string& image, const Known& known) {
  SimFiles files;
  files.put(kFile, image);
  auto store = Store::open(kFile, on(files));
  REQUIRE(store.has_value());
  const Answers right = answers_of(**store, known, known.floor_seq);
  REQUIRE((*store)->checkpoint());
  if (Wrong wrong = compare(right, **store, known, known.floor_seq)) return wrong;
  store->reset();
  return judge_file(files, kFile, right, known, known.floor_seq);
}

Wrong judge_compacted(const std::string& image, const Known& known, const KeepHistory& keep) {
  SimFiles files;
  files.put(kFile, image);
  auto store = Store::open(kFile, on(files));
  REQUIRE(store.has_value());
  const std::uint64_t kept = keep.writes.value_or(0);
  const std::uint64_t floor =
      std::max(known.floor_seq, known.last_seq - std::min(known.last_seq, kept));
  const Answers right = answers_of(**store, known, floor);
  CompactionOptions options;
  options.keep = keep;
  if (const Status done = (*store)->compact(options); !done) return done.error().message;
  if (Wrong wrong = compare(right, **store, known, floor)) return wrong;
  store->reset();
  return judge_file(files, kFile, right, known, floor);
}

// What was there in the middle, and an increment put onto it.
Wrong judge_restored(const std::string& image, const Known& known) {
  SimFiles files;
  files.put(kFile, image);
  auto store = Store::open(kFile, on(files));
  REQUIRE(store.has_value());
  const Answers right = answers_of(**store, known, known.floor_seq);
  auto middle = known.seqs.begin();
  std::advance(middle, known.seqs.size() / 2);
  RestoreOptions early;
  early.backup = kFile;
  early.until.seq = *middle;
  early.file_system = &files;
  if (const auto done = restore("early.bin", early); !done) return done.error().message;
  BackupOptions since;
  since.since_file = "early.bin";
  if (const auto done = (*store)->backup("increment.bin", since); !done) {
    return done.error().message;
  }
  RestoreOptions all;
  all.backup = "early.bin";
  all.increments = {"increment.bin"};
  all.file_system = &files;
  if (const auto done = restore("again.bin", all); !done) return done.error().message;
  return judge_file(files, "again.bin", right, known, known.floor_seq);
}

}  // namespace

std::optional<std::string> judge_copies(const std::string& image, Copies copies) {
  const Known known = known_of(image);
  if (known.seqs.empty()) return std::nullopt;
  const std::uint64_t all = UINT64_MAX, half = known.seqs.size() / 2;
  for (const std::uint64_t writes : {all, half}) {
    Wrong wrong = judge_compacted(image, known, {std::nullopt, writes, false});
    if (wrong) return fmt::format("compacted, with {} writes kept: {}", writes, *wrong);
  }
  if (copies == Copies::kCompacted) return std::nullopt;
  if (Wrong wrong = judge_indexed(image, known)) return "with an index: " + *wrong;
  Wrong wrong = judge_restored(image, known);
  if (wrong) *wrong = "restored: " + *wrong;
  return wrong;
}

}  // namespace kvstore::maint::testing
