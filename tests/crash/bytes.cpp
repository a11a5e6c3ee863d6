#include "tests/crash/bytes.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "src/base/coding.h"
#include "src/log/format.h"
#include "tests/maint/copies.h"

namespace kvstore::testing {
namespace {

using maint::Way;
constexpr const char* kPath = "data.bin";
constexpr std::uint64_t kNever = UINT64_MAX;

// What the damage can have done, worked out from the bytes alone.
struct Damaged {
  std::vector<const KnownRecord*> records;       // any byte of which changed
  std::vector<Range> derived;                    // the same, of no key
  bool dictionary = false;                       // the one of compressed values
  bool header = false;                           // both copies of it
  bool header_page = false;                      // anything in it
  bool behind = false;                           // bytes after the log's end
  std::uint64_t durable = log::kHeaderPageSize;  // D by what is left of those who say it
  std::uint64_t first = kNever;                  // where the first damaged record or batch begins
};

bool changed(const KnownLog& known, const Mutation& mutation, const Range& range) {
  if (range.end > mutation.image.size()) return true;
  return known.image.compare(range.begin, range.end - range.begin, mutation.image, range.begin,
                             range.end - range.begin) != 0;
}

Damaged damage_of(const KnownLog& known, const Mutation& mutation) {
  Damaged damaged;
  const auto sector = [&](std::uint64_t i) {
    return changed(known, mutation, {i * log::kSectorSize, (i + 1) * log::kSectorSize});
  };
  damaged.header = (sector(0) && sector(1)) || mutation.image.size() < log::kHeaderPageSize;
  damaged.header_page = changed(known, mutation, {0, 4 * log::kSectorSize});
  for (const KnownRecord& record : known.records) {
    if (!changed(known, mutation, record.bytes)) continue;
    damaged.records.push_back(&record);
    damaged.first = std::min(damaged.first, record.batch_begin);
  }
  for (const KnownD& d : known.ds) {
    if (!changed(known, mutation, d.said_in))
      damaged.durable = std::max(damaged.durable, d.durable);
  }
  for (const KnownRecord& record : known.derived) {
    if (!changed(known, mutation, record.bytes)) continue;
    damaged.derived.push_back(record.bytes);
    damaged.dictionary |= record.bytes.begin == known.dictionary.begin;
    // An open looks at no value of a checkpoint that is known durable and that no slot names.
    const bool is_unseen = record.bytes.end <= std::min(damaged.durable, mutation.image.size());
    const Range header{record.bytes.begin, record.header_end};
    if (is_unseen && !changed(known, mutation, header)) continue;
    damaged.first = std::min(damaged.first, record.bytes.begin);
  }
  damaged.behind = mutation.image.size() < known.end ||
                   mutation.image.substr(known.end) != known.image.substr(known.end);
  return damaged;
}

// The last seq of which everything lies before `offset`.
std::uint64_t seq_before(const KnownLog& known, std::uint64_t offset) {
  std::uint64_t seq = known.floor_seq;
  for (const KnownRecord& record : known.records) {
    if (record.batch_end <= offset) seq = record.seq;
  }
  return seq;
}

bool in_batch(const KnownRecord& record) {
  return record.batch_end - record.batch_begin != record.bytes.end - record.bytes.begin;
}

// Whether this damage can have made the key's newest value unknowable.
bool may_be_corrupt(const KnownLog& known, const Damaged& damaged, const std::string& key,
                    std::uint64_t seq) {
  std::uint64_t newest = 0;
  for (const KnownRecord& record : known.records) {
    if (record.key == key && record.seq <= seq) newest = record.bytes.begin;
  }
  const auto is_undecodable = [&](const KnownRecord& record) {
    return record.needs_dictionary && record.key == key;
  };
  if (damaged.dictionary &&
      std::any_of(known.records.begin(), known.records.end(), is_undecodable)) {
    return true;
  }
  for (const KnownRecord* record : damaged.records) {
    if (record->key == key) return true;
    // The last record's key is named by nobody if D is before it.
    const bool unnamed = record->bytes.end == known.end && record->bytes.end > damaged.durable;
    // Nor does anything count how many stood in a base where one is lost.
    const bool several =
        damaged.records.size() > 1 || in_batch(*record) || unnamed || record->in_base;
    if (several && newest < record->batch_end) return true;
  }
  return false;
}

Options on(SimFiles& files, bool read_only) {
  Options options;
  options.file_system = &files;
  options.read_only = read_only;
  return options;
}

std::string value_of(Store& store, const std::string& key) {
  std::string value;
  const auto found = store.get(key, &value);
  if (!found) return found.error().code == Code::kCorrupt ? "(CORRUPT)" : found.error().message;
  return *found ? value : "(nil)";
}

std::string value_in(const State& state, const std::string& key) {
  const auto found = state.find(key);
  return found == state.end() ? "(nil)" : found->second;
}

std::optional<std::string> judge_values(const KnownLog& known, const Damaged& damaged, Store& store,
                                        std::uint64_t seq) {
  for (const std::string& key : known.keys) {
    const std::string got = value_of(store, key), right = value_in(known.states.at(seq), key);
    if (got == right) continue;
    if (got == "(CORRUPT)" && may_be_corrupt(known, damaged, key, seq)) continue;
    return fmt::format("{} answers {:.40} and was {:.40} at seq {}", key, got, right, seq);
  }
  return std::nullopt;
}

std::optional<std::string> judge_store(const KnownLog& known, const Damaged& damaged,
                                       Store& store) {
  using How = OpenReport::How;
  const How how = store.open_report().how;
  const std::uint64_t found = store.stats().last_seq;
  const std::uint64_t durable = seq_before(known, damaged.durable);
  if (found < std::min(durable, seq_before(known, damaged.first)))
    return "an intact record is dropped";
  if (found > known.last_seq) return fmt::format("it has seq {}, never written", found);
  const bool is_corrupt = damaged.first < damaged.durable;
  if (how != How::kDamaged) {
    if (found < durable) return fmt::format("it ends at seq {}, {} was durable", found, durable);
    if (damaged.records.empty() && damaged.derived.empty() && found != known.last_seq)
      return "undamaged records are dropped";
    // What an index knows is not read at an open, so that its damage shows later.
    const bool cuts_corrupt =
        known.derived.empty() ? is_corrupt : store.open_report().cut_offset < damaged.durable;
    if (cuts_corrupt && store.open_report().cut_size != 0) return "what is rotten was cut as torn";
  } else if (!is_corrupt && !damaged.header_page && known.rebooted) {
    return "what is torn is taken for rotten: " + store.open_report().to_string();
  }
  return judge_values(known, damaged, store, std::max(found, durable));
}

// What of the log is damaged, for who looks for the reason.
std::string what_is(const Damaged& damaged) {
  std::string all;
  for (const KnownRecord* record : damaged.records) {
    all += fmt::format(" {:.8} [{}, {})", record->key, record->bytes.begin, record->bytes.end);
  }
  for (const Range& range : damaged.derived) {
    all += fmt::format(" derived [{}, {})", range.begin, range.end);
  }
  return all.substr(0, 500);
}

// A whole pass.
std::optional<std::string> scrub(Store& store) {
  if (Status begun = store.scrub(); !begun)
    return "it cannot be scrubbed: " + begun.error().message;
  while (true) {
    const ScrubStatus status = store.scrub_status();
    if (status.passes > 0 && !status.running) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

std::optional<std::string> judge_scrubbed(const KnownLog& known, const Mutation& mutation,
                                          const Damaged& damaged, Store& store) {
  const bool was_damaged = store.open_report().how == OpenReport::How::kDamaged;
  if (auto wrong = scrub(store)) return wrong;
  const std::uint64_t found = store.scrub_status().found;
  if (found > 0 && mutation.image == known.image) return "the scrub invents a damage";
  const std::uint64_t end = std::min<std::uint64_t>(damaged.durable, mutation.image.size());
  for (const KnownRecord* record : damaged.records) {
    if (found > 0 || was_damaged || record->bytes.end > end) continue;
    return fmt::format("the scrub misses the damaged record at {}", record->bytes.begin);
  }
  auto violation = judge_store(known, damaged, store);
  if (violation) *violation = "scrubbed, " + *violation;
  return violation;
}

enum class Through { kWriter, kReader, kScrub };

std::optional<std::string> judge(const KnownLog& known, const Mutation& mutation, Through through) {
  const Damaged damaged = damage_of(known, mutation);
  SimFiles files;
  if (known.rebooted) files.reboot();
  files.put(kPath, mutation.image);
  if (mutation.image.empty()) return std::nullopt;  // an empty file is a new database
  const auto store = Store::open(kPath, on(files, through == Through::kReader));
  if (!store) {
    if (damaged.header) return std::nullopt;
    return mutation.what + ": does not open: " + store.error().message;
  }
  if (damaged.header) return mutation.what + ": opens without a header";
  auto violation = through == Through::kScrub ? judge_scrubbed(known, mutation, damaged, **store)
                                              : judge_store(known, damaged, **store);
  if (violation) *violation = mutation.what + ": " + *violation + "; damaged:" + what_is(damaged);
  return violation;
}

}  // namespace

std::optional<std::string> judge_open(const KnownLog& known, const Mutation& mutation) {
  return judge(known, mutation, Through::kWriter);
}

std::optional<std::string> judge_scrub(const KnownLog& known, const Mutation& mutation) {
  return judge(known, mutation, Through::kScrub);
}

std::optional<std::string> judge_read_only(const KnownLog& known, const Mutation& mutation) {
  auto violation = judge(known, mutation, Through::kReader);
  if (violation) *violation = "read-only, " + *violation;
  return violation;
}

namespace {

std::optional<std::string> judge_report(const Damaged& damaged, const maint::Report& report,
                                        const KnownLog& known) {
  for (const maint::Damage& one : report.damage) {
    const Range range{one.begin, std::max(one.end, one.begin + 1)};
    const auto hit = [&](const KnownRecord* record) {
      return range.overlaps({record->batch_begin, record->batch_end});
    };
    if (std::any_of(damaged.records.begin(), damaged.records.end(), hit)) continue;
    const auto is_hit = [&](const Range& derived) { return range.overlaps(derived); };
    if (std::any_of(damaged.derived.begin(), damaged.derived.end(), is_hit)) continue;
    const auto is_undecodable = [&](const KnownRecord& record) {
      return record.needs_dictionary && range.overlaps(record.bytes);
    };
    if (damaged.dictionary &&
        std::any_of(known.records.begin(), known.records.end(), is_undecodable)) {
      continue;
    }
    if (one.begin >= known.end && damaged.behind) continue;
    return fmt::format("verify invents a damage at [{}, {})", one.begin, one.end);
  }
  bool is_corrupt = false;
  for (const KnownRecord* record : damaged.records) {
    if (record->bytes.begin >= damaged.durable) continue;
    is_corrupt = true;
    const auto tells = [&](const maint::Damage& one) {
      return Range{one.begin, one.end}.overlaps(record->bytes);
    };
    if (std::any_of(report.damage.begin(), report.damage.end(), tells)) continue;
    return fmt::format("verify misses the damaged record at {}", record->bytes.begin);
  }
  if (is_corrupt && report.state() != maint::State::kDamaged)
    return "verify calls rotten bytes whole";
  const bool is_derived_corrupt =
      std::any_of(damaged.derived.begin(), damaged.derived.end(),
                  [&](const Range& bytes) { return bytes.begin < damaged.durable; });
  const bool may_be_damaged =
      is_corrupt || is_derived_corrupt || damaged.header_page || !known.rebooted;
  if (!may_be_damaged && report.state() == maint::State::kDamaged)
    return "verify calls torn rotten";
  if (damaged.records.size() == 1 && is_corrupt &&
      report.record_count + report.lost_records < known.records.size()) {
    return fmt::format("verify counts {} records and {} lost, of {}", report.record_count,
                       report.lost_records, known.records.size());
  }
  return std::nullopt;
}

std::optional<std::string> judge_repair(const KnownLog& known, const Damaged& damaged,
                                        const maint::testing::Outcome& outcome) {
  if (maint::testing::audit_of(outcome.repaired).state() != maint::State::kIntact) {
    return "what repair wrote is not intact";
  }
  const std::set<std::string> kept = good_records(outcome.repaired);
  const bool torn = outcome.report.torn() || outcome.report.end < known.end;
  for (const KnownRecord& record : known.records) {
    const bool cut = torn && record.bytes.end > std::max(outcome.report.end, damaged.durable);
    const auto is_damaged = [&](const KnownRecord* one) {
      return record.in_base ? one == &record : one->seq == record.seq;
    };
    if (cut || kept.count(record.image) != 0) continue;
    if (damaged.dictionary && record.needs_dictionary) continue;
    if (std::any_of(damaged.records.begin(), damaged.records.end(), is_damaged)) continue;
    return fmt::format("repair loses the undamaged record at {}", record.bytes.begin);
  }
  auto wrong = maint::testing::judge_copies(outcome.repaired, maint::testing::Copies::kCompacted);
  if (wrong) *wrong = "what repair wrote, " + *wrong;
  return wrong;
}

}  // namespace

std::optional<std::string> judge_verify_and_repair(const KnownLog& known,
                                                   const Mutation& mutation) {
  const Damaged damaged = damage_of(known, mutation);
  if (damaged.header) return std::nullopt;
  const auto outcome = maint::testing::rebuilt(mutation.image, Way::kJudged, known.rebooted);
  auto violation = judge_report(damaged, outcome.report, known);
  if (!violation) violation = judge_repair(known, damaged, outcome);
  if (violation) *violation = mutation.what + ": " + *violation + "; damaged:" + what_is(damaged);
  return violation;
}

}  // namespace kvstore::testing
