// Generation: opening, recovery, following a writer.

#include <new>

#include <fmt/core.h>

#include "src/base/civil_time.h"
#include "src/base/clock.h"
#include "src/base/hash.h"
#include "src/base/prefetch.h"
#include "src/store/generation.h"
#include "src/store/lock_wait.h"

namespace kvstore {
namespace {

// Records whose keys are looked up together, about as many as a processor prefetches at once.
constexpr std::size_t kTogether = 8;
constexpr unsigned kHeadLines = 2;

// Adds damage outside the log's ranges.
void add_header_damage(const log::HeaderPage& page, bool slots_are_stale,
                       std::vector<DamagedRange>* damage) {
  constexpr std::uint64_t kSlots = 2 * log::kSectorSize, kSlotsEnd = 4 * log::kSectorSize;
  if (page.bad_headers > 0) damage->push_back({0, kSlots, "one copy of the header is damaged"});
  if (page.bad_slots == 2) {
    damage->push_back({kSlots, kSlotsEnd, "both slots of the header are damaged"});
  }
  if (slots_are_stale) {
    damage->push_back({kSlots, kSlotsEnd,
                       "both slots of the header fell back to what they were before a recovery"});
  }
}

// Saves the bytes under a free name with the present time.
Result<std::string> save_beside(file::FileSystem& files, const std::string& path,
                                std::string_view bytes) {
  const std::string base = path + ".torn-" + name_of_time(now_us());
  for (int attempt = 1;; ++attempt) {
    const std::string name = attempt == 1 ? base : fmt::format("{}-{}", base, attempt);
    const Status saved = files.save(name, bytes, path);
    if (saved) return name;
    if (saved.error().code != Code::kExists || attempt == 1000) return fail(saved.error());
  }
}

}  // namespace

Error refused_for_reading(const std::string& path, const Options& options) {
  const std::string& hint = options.read_only_hint;
  return {Code::kReadOnly, path + " was opened for reading only",
          hint.empty() ? "open it without --read-only" : hint};
}

Result<std::shared_ptr<Generation>> Generation::open(const std::string& path,
                                                     const Options& options, bool create,
                                                     ReclamationEpochs& epochs) {
  LockWait wait(options);
  while (true) {
    auto generation = try_open(path, options, create, epochs);
    if (generation || generation.error().code != Code::kLocked ||
        !wait.again(&generation.error())) {
      return generation;
    }
  }
}

Result<std::shared_ptr<Generation>> Generation::try_open(const std::string& path,
                                                         const Options& options, bool create,
                                                         ReclamationEpochs& epochs) {
  const std::uint64_t began = now_us();
  std::shared_ptr<Generation> generation(new Generation(path, options, epochs));
  bool created = false;
  KV_ASSIGN(auto file, generation->open_file(create, &created));
  KV_TRY(generation->start(std::move(file), created));
  MutexLock lock(generation->report_mutex_);
  generation->report_.file_size = generation->log_->end();
  generation->report_.elapsed_us = now_us() - began;
  return generation;
}

Result<std::shared_ptr<Generation>> Generation::make(std::unique_ptr<file::LogFile> file,
                                                     const Generation& old) {
  KV_ASSIGN(auto generation, make(std::move(file), old.path_, old.options_, old.epochs_));
  generation->made_of_ = old.made_of_;
  generation->made_of_.push_back(old.log_->page().header.file_id);
  generation->reads_.add(old.reads_.sum());
  generation->sorted_sets_ = old.sorted_sets_;
  MutexLock lock(generation->report_mutex_);
  generation->report_ = old.report();
  return generation;
}

Result<std::shared_ptr<Generation>> Generation::make(std::unique_ptr<file::LogFile> file,
                                                     const std::string& path,
                                                     const Options& options,
                                                     ReclamationEpochs& epochs) {
  std::shared_ptr<Generation> generation(new Generation(path, options, epochs));
  file->expect_name(path);
  KV_TRY(generation->start(std::move(file), false));
  return generation;
}

Result<std::unique_ptr<file::LogFile>> Generation::open_file(bool create, bool* created) {
  const auto mode = options_.read_only ? file::Mode::kReadOnly : file::Mode::kReadWrite;
  while (true) {
    auto file = files_.open(path_, mode);
    const bool missing = !file && file.error().code == Code::kNotFound;
    if (!file && !missing) return file;
    if (!missing && (*file)->size() > 0) return file;
    if (!create) return fail(Code::kNotFound, path_ + " does not exist");
    if (file) file->reset();
    auto made = files_.create(path_, log::Log::new_file(log::random_id(), log::boot_id_of(files_)));
    *created = made.has_value();
    // Another process was faster: open its file.
    if (made || made.error().code != Code::kExists) return made;
  }
}

Status Generation::start(std::unique_ptr<file::LogFile> file, bool created) {
  KV_ASSIGN(const log::HeaderPage page, log::read_header_page(file->data(), file->size(), path_));
  const log::Id boot = log::boot_id_of(files_);
  // Read the size after the slot: a writer may have grown the file before it noted in the slot how
  // far it is durable.
  if (options_.read_only) KV_TRY(file->refresh());
  const std::uint64_t file_size = file->size();
  log_ = std::make_unique<log::Log>(std::move(file), path_, page, boot);
  const bool clean = page.slot.clean && page.slot.durable_end == file_size;
  const log::View whole{log_->file().data(), file_size, &log_->binding(),  &log_->file(),
                        &log_->validity(),   nullptr,   options_.read_only};
  MutexLock lock(loading_mutex_);
  clock_.begin(page.header.created, log::floor_of(page), {page.slot.last_seq, page.slot.time});
  try {
    scan_ = std::make_unique<log::RecoveryScan>(
        whole, page.slot,
        log::RecoveryScan::Rules{boot, options_.read_only, page.durable_end_lost(),
                                 page.bad_slots > 0},
        &log_->validity(), load_checkpoint(whole));
  } catch (const std::bad_alloc&) {
    return fail(Code::kMemory, path_ + ": not enough memory for the index of its keys");
  }
  KV_TRY(load(file_size));
  if (!page.writable) {
    refuse({Code::kVersion, path_ + " has features this program may only read",
            "write it with a newer kvstore"});
  }
  return recover(clean, created);
}

Status Generation::load(std::uint64_t file_size) {
  try {
    std::vector<log::Record> waiting;
    waiting.reserve(kTogether);
    const auto visit = [&](const log::Record& record) KV_REQUIRES(loading_mutex_) {
      waiting.push_back(record);
      if (waiting.size() == kTogether) take(&waiting);
    };
    const auto scan_to = [&](std::uint64_t limit) KV_REQUIRES(loading_mutex_) {
      Status done = scan_->run(limit, visit);
      take(&waiting);
      return done;
    };
    KV_TRY(scan_to(file_size));
    while (scan_->stopped_at_limit()) {
      KV_TRY(log_->file().refresh());
      KV_TRY(scan_to(log_->file().size()));
    }
    clock_.end_replay();
    clock_.now();  // reports at once a clock that is behind the file's
    return {};
  } catch (const std::bad_alloc&) {
    return fail(Code::kMemory, path_ + ": not enough memory for the index of its keys");
  }
}

void Generation::take(std::vector<log::Record>* records) {
  const log::View before = view();
  for (const log::Record& record : *records) {
    if (!record.has_key()) continue;
    index_.prefetch_active(index_.hash(record.key()));
    if (record.prev != 0) prefetch_lines(before.data, record.prev, kHeadLines, before.limit);
  }
  for (const log::Record& record : *records) take(record);
  records->clear();
}

void Generation::take(const log::Record& record) {
  log_->follow(record.end());
  ++loaded_;
  if (record.has_key()) take_key(record);
  if (record.is_of_all()) take_clear(record);
  if (record.kind == log::Kind::kCheckpoint) newest_checkpoint_ = record.offset;
  if (record.kind == log::Kind::kExtent) take_extent(record);
}

// The key's record before this one. For records in a run no look-up is needed: prev names it.
log::Record Generation::record_before(const log::Record& record, std::uint64_t hash) {
  const log::View before = view().up_to(record.offset);
  const auto source = [&] { return before; };
  const std::string_view key = record.key();
  log::Record old;
  auto finding = index_.find_in_memtables(key, hash, source, &old);
  if (old.at) return old;
  const bool is_in_run = record.prev < index_.current().active_begin;
  if (finding.unreadable == 0 && is_in_run) {
    if (record.prev == 0) return {};
    if (before.header(record.prev, &old) == log::HeaderCheck::kValid && old.key() == key)
      return old;
  }
  while ((finding = index_.find(key, hash, source, &old)).damaged) {
    if (!heal(finding)) throw std::bad_alloc();
  }
  if (finding.unreadable != 0) {
    damage_.saw(finding.unreadable);
    clock_.doubt_count();
  }
  return old;
}

void Generation::take_key(const log::Record& record) {
  // Other threads may replace a damaged part of the index.
  std::optional<ReclamationEpochs::Guard> guard;
  if (is_open_) guard.emplace(epochs_);
  const std::uint64_t hash = index_.hash(record.key());
  const log::Record old = record_before(record, hash);
  index_.reserve(hash);
  clock_.replay(record.seq, record.time);
  clock_.replace(state_of(old), StoreClock::state_of(record));
  damage_.explain(record);
  if (is_open_)
    index_.publish(hash, old.offset, index::Entry::of(record));
  else
    index_.publish_loaded(hash, old.offset, record.offset);
}

void Generation::take_clear(const log::Record& record) {
  clears_.reserve();
  clock_.replay(record.seq, record.time);
  clock_.clear();
  clears_.add({record.offset, record.seq, record.time});
  damage_.explain_all(record.offset);
}

Status Generation::recover(bool clean, bool created) {
  const bool damaged = note_damage();
  is_open_ = true;
  show(scan_->last_seq());
  damage_.settle();
  if (options_.read_only) {
    log_->adopt(*scan_);
    if (!is_refused_) refuse(refused_for_reading(path_, options_));
    if (!damaged) report_how(OpenReport::How::kReadOnly);
    return {};
  }
  if (is_refused_) {
    log_->adopt(*scan_);
  } else if (clean) {
    log_->adopt_for_writing(*scan_);
    report_how(created ? OpenReport::How::kCreated : OpenReport::How::kClean);
  } else {
    KV_TRY(save_torn());
    KV_TRY(log_->recover(*scan_));
    files_.remove_unfinished(path_);  // of a compaction that was killed
    report_how(OpenReport::How::kRecovered);
  }
  scan_.reset();
  // The process that named the file, perhaps for a compaction, may have been killed before the name
  // was durable.
  const bool may_be_unsynced = !clean || log_->page().base.end != 0;
  return may_be_unsynced ? files_.sync_name(path_) : Status{};
}

// Damage to derived records affects no key: it is only worth a warning.
void Generation::note_derived_damage(const std::vector<DamagedRange>& derived) {
  if (derived.empty()) return;
  MutexLock lock(report_mutex_);
  derived_damage_ = fmt::format(
      "{} is damaged at offset {} ({}){}; what stood there was derived from the log, and no key is "
      "lost (see: kvstore verify)",
      path_, derived[0].begin, derived[0].reason,
      derived.size() > 1 ? fmt::format(", and at {} places more", derived.size() - 1) : "");
}

// A slot tells; if none can be read, assume so.
bool Generation::may_have_clears() const {
  const log::HeaderPage& page = log_->page();
  const std::uint64_t features = page.header.incompatible | page.slot.incompatible;
  return page.durable_end_lost() || clears_.newest_offset() != 0 ||
         (features & log::kFeatureClears) != 0;
}

// Readers call this again when they learn of more damage, concurrently with other reads. False: no
// damage affects a key.
bool Generation::note_damage() {
  std::vector<DamagedRange> damage, derived;
  for (const log::CorruptRange& corrupt : scan_->corrupt()) {
    const bool is_harmless = corrupt.is_derived && !corrupt.ends_log;
    (is_harmless ? derived : damage).push_back({corrupt.begin, corrupt.end, corrupt.reason});
  }
  note_derived_damage(derived);
  add_header_damage(log_->page(), scan_->slots_are_stale(), &damage);
  if (damage.empty()) return false;
  damage_.learn(scan_->corrupt(), clears_.newest_offset(), may_have_clears(),
                [this](FunctionRef<bool(const log::Record&)> visit) {
                  index_.current().active->visit([&](std::uint64_t offset) {
                    log::Record record;
                    return !at_seq(offset, UINT64_MAX, &record) || visit(record);
                  });
                });
  refuse({Code::kDamaged,
          fmt::format("{} is damaged at offset {} ({}); writes are refused", path_, damage[0].begin,
                      damage[0].reason),
          {}});
  MutexLock lock(report_mutex_);
  report_.how = OpenReport::How::kDamaged;
  report_.damage = std::move(damage);
  return true;
}

// Saves what is about to be cut in a file beside the database: there may be no other copy.
Status Generation::save_torn() {
  const std::uint64_t begin = scan_->end(), end = scan_->torn_end();
  MutexLock lock(report_mutex_);
  report_.cut_offset = begin;
  report_.cut_size = end - begin;
  report_.was_closed = log_->page().slot.clean;
  if (begin == end) return {};
  const auto* bytes = reinterpret_cast<const char*>(log_->file().data());
  auto saved = save_beside(files_, path_, {bytes + begin, end - begin});
  if (saved) report_.cut_saved_as = std::move(*saved);
  if (saved) return {};
  saved.error().message = fmt::format(
      "{} ends in bytes that are not a record, and they cannot be saved before they are cut: {}",
      path_, saved.error().message);
  const bool is_denied = saved.error().code == Code::kPermission;
  saved.error().hint =
      fmt::format("{}, or read it with --read-only",
                  is_denied ? "make its directory writable" : "free some disk space");
  return fail(std::move(saved.error()));
}

Result<bool> Generation::refresh() {
  const ReclamationEpochs::Guard guard(epochs_);  // other threads may rebuild segments meanwhile
  MutexLock lock(loading_mutex_);
  if (!scan_) return true;
  if (is_outdated_ || !log_->file().still_at(path_)) return false;
  if (has_newer_checkpoint()) return false;
  KV_TRY(log_->file().refresh());
  if (Status taken = catch_up(); !taken) {
    // After an interruption by a lack of memory a record may be missing from the index for good. A
    // new generation will have all records.
    is_outdated_ = taken.error().code == Code::kMemory;
    return fail(std::move(taken.error()));
  }
  return true;
}

Status Generation::catch_up() {
  clock_.now();  // a step back before these records: they are judged by the time since
  const std::uint64_t findings_before = scan_->findings();
  KV_TRY(load(log_->file().size()));
  log_->adopt(*scan_);
  try {
    if (scan_->findings() != findings_before) note_damage();
  } catch (const std::bad_alloc&) {
    return fail(Code::kMemory, path_ + ": not enough memory to list what is damaged");
  }
  // In this order: damage, visibility, explanation. A concurrent list either learns of the damage,
  // or sees neither the damage nor what was written after it.
  show(scan_->last_seq());
  damage_.settle();
  return {};
}

}  // namespace kvstore
