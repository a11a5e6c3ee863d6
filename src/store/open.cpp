// Engine: opening, recovery, following a writer, closing.

#include <system_error>

#include <fmt/format.h>

#include "src/base/clock.h"
#include "src/base/hash.h"
#include "src/base/random.h"
#include "src/store/engine.h"
#include "src/store/lock_wait.h"

namespace kvstore {
namespace {

Result<std::unique_ptr<Committer>> start_committer(log::Log& log, Mutex& writer_mutex,
                                                   const SyncPolicy& policy,
                                                   const std::string& path) {
  try {
    return std::make_unique<Committer>(log, writer_mutex, policy);
  } catch (const std::system_error& error) {
    return fail(Code::kLimit,
                fmt::format("{}: no thread to sync it with: {}", path, error.code().message()),
                "allow more threads (ulimit -u), or end some programs");
  }
}

}  // namespace

Error refused_for_reading(const std::string& path, const Options& options) {
  const std::string& hint = options.read_only_hint;
  return {Code::kReadOnly, path + " was opened for reading only",
          hint.empty() ? "open it without --read-only" : hint};
}

Engine::Engine(const std::string& path, const Options& options)
    : path_(path),
      options_(options),
      files_(options.file_system ? *options.file_system : file::system_files()),
      hash_seed_(random_bits()),
      clock_(options.on_warning) {}

Engine::~Engine() { [[maybe_unused]] const Status ignored = close(); }

Result<std::unique_ptr<Engine>> Engine::open(const std::string& path, const Options& options,
                                             bool create) {
  LockWait wait(options);
  while (true) {
    auto engine = try_open(path, options, create);
    if (engine || engine.error().code != Code::kLocked || !wait.again(&engine.error())) {
      return engine;
    }
  }
}

Result<std::unique_ptr<Engine>> Engine::try_open(const std::string& path, const Options& options,
                                                 bool create) {
  const std::uint64_t began = now_us();
  std::unique_ptr<Engine> engine(new Engine(path, options));
  const auto mode = options.read_only ? file::Mode::kReadOnly : file::Mode::kReadWrite;
  while (true) {
    auto file = engine->files_.open(path, mode);
    const bool missing = !file && file.error().code == Code::kNotFound;
    if (!file && !missing) return fail(std::move(file.error()));
    const bool empty = file && (*file)->size() == 0;
    if (!missing && !empty) {
      KV_TRY(engine->start(std::move(*file), false));
      break;
    }
    if (!create) return fail(Code::kNotFound, path + " does not exist");
    if (file) file->reset();
    const log::Id boot = log::boot_id_of(engine->files_);
    auto made = engine->files_.create(path, log::Log::new_file(log::random_id(), boot));
    // Somebody else was faster: then it is theirs that is opened.
    if (!made && made.error().code == Code::kExists) continue;
    if (!made) return fail(std::move(made.error()));
    KV_TRY(engine->start(std::move(*made), true));
    break;
  }
  MutexLock lock(engine->report_mutex_);
  engine->report_.file_size = engine->log_->end();
  engine->report_.elapsed_us = now_us() - began;
  return engine;
}

Status Engine::start(std::unique_ptr<file::LogFile> file, bool created) {
  KV_ASSIGN(const log::HeaderPage page, log::read_header_page(file->data(), file->size(), path_));
  const log::Id boot = log::boot_id_of(files_);
  // Learned after the slot was read: a writer may have grown the file before it
  // noted in the slot how far it is durable.
  if (options_.read_only) KV_TRY(file->refresh());
  const std::uint64_t file_size = file->size();
  log_ = std::make_unique<log::Log>(std::move(file), path_, page, boot);
  const bool clean = page.slot.clean && page.slot.durable_end == file_size;
  const log::View whole{log_->file().data(), file_size, &log_->binding(),
                        options_.read_only ? &log_->file() : nullptr, &log_->validity()};
  MutexLock lock(refresh_mutex_);
  scan_ = std::make_unique<log::RecoveryScan>(
      whole, page.slot,
      log::RecoveryScan::Rules{boot, options_.read_only, page.durable_end_lost(),
                               page.bad_slots > 0},
      &log_->validity());
  clock_.begin(page.header.created, page.header.floor_seq, {page.slot.last_seq, page.slot.time});
  KV_TRY(load(file_size));
  if (!page.writable) {
    refuse({Code::kVersion, path_ + " has features this program may only read",
            "write it with a newer kvstore"});
  }
  return finish_recovery(clean, created);
}

Status Engine::load(std::uint64_t file_size) {
  try {
    const auto index = [this](const log::Record& record)
                           KV_REQUIRES(refresh_mutex_) { index_record(record); };
    KV_TRY(scan_->run(file_size, index));
    while (scan_->stopped_at_limit()) {
      KV_TRY(log_->file().refresh());
      KV_TRY(scan_->run(log_->file().size(), index));
    }
    clock_.end_replay();
    clock_.now();  // a clock that is behind the file's is told at once
    return {};
  } catch (const std::bad_alloc&) {
    return fail(Code::kMemory, path_ + ": not enough memory for the index of its keys");
  }
}

void Engine::index_record(const log::Record& record) {
  if (record.has_key()) index_key(record);
  // A batch shows when all of it is in the index.
  if (!scan_->in_open_batch()) log_->follow(record.end());
}

void Engine::index_key(const log::Record& record) {
  const std::string_view key = record.key();
  const std::uint8_t* data = log_->file().data();
  log::Record old;
  const auto place = memtable_.locate(hash_key(key, hash_seed_), [&](std::uint64_t offset) {
    const log::View view{data, record.offset, &log_->binding(), nullptr, &log_->validity()};
    return view.header(offset, &old) == log::HeaderCheck::kValid && old.key() == key;
  });
  clock_.replay(record.seq, record.time);
  const auto state = [](const log::Record& of) {
    return StoreClock::State{of.kind != log::Kind::kDelete, of.seq, of.expires};
  };
  clock_.replace(place.offset != 0 ? state(old) : StoreClock::State{}, state(record));
  if (!unexplained_.empty()) explain(record);
  memtable_.set(place, record.offset);
}

Status Engine::finish_recovery(bool clean, bool created) {
  const bool damaged = note_corruption();
  if (options_.read_only) {
    log_->adopt(*scan_);
    if (!is_refused_) {
      refuse(refused_for_reading(path_, options_));
    }
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
    report_how(OpenReport::How::kRecovered);
  }
  scan_.reset();
  // A file that may not be written gets no slot written and no sync either.
  if (!is_refused_) {
    KV_ASSIGN(committer_, start_committer(*log_, writer_mutex_, options_.sync, path_));
  }
  return {};
}

void Engine::report_how(OpenReport::How how) {
  MutexLock lock(report_mutex_);
  report_.how = how;
}

// Readers come here again when they learn of more, while others are reading.
// False: there is no damage.
bool Engine::note_corruption() {
  std::vector<DamagedRange> damage;
  auto possibly_affected = std::make_unique<PossiblyAffectedKeys>();
  for (const log::CorruptRange& corrupt : scan_->corrupt()) {
    possibly_affected->add(corrupt);
    damage.push_back({corrupt.begin, corrupt.end, corrupt.reason});
  }
  const log::HeaderPage& page = log_->page();
  if (page.bad_headers > 0) {
    damage.push_back({0, 2 * log::kSectorSize, "one copy of the header is damaged"});
  }
  if (page.bad_slots == 2) {
    damage.push_back(
        {2 * log::kSectorSize, 4 * log::kSectorSize, "both slots of the header are damaged"});
  }
  if (scan_->slots_are_stale()) {
    damage.push_back({2 * log::kSectorSize, 4 * log::kSectorSize,
                      "both slots of the header fell back to what they were before a recovery"});
  }
  if (damage.empty()) return false;
  if (!possibly_affected->empty()) {
    // Owned before readers see them: there may be no memory to own them with.
    all_possibly_affected_.push_back(std::move(possibly_affected));
    possibly_affected_.store(all_possibly_affected_.back().get(), std::memory_order_release);
    judge_lists(*all_possibly_affected_.back());
  }
  refuse({Code::kDamaged,
          fmt::format("{} is damaged at offset {} ({}); writes are refused", path_, damage[0].begin,
                      damage[0].reason),
          {}});
  MutexLock lock(report_mutex_);
  report_.how = OpenReport::How::kDamaged;
  report_.damage = std::move(damage);
  return true;
}

// A lost record is explained by a newer one of a key with its hash: whatever was
// lost, that key's newest state is known.
void Engine::judge_lists(const PossiblyAffectedKeys& possibly_affected) {
  unexplained_ = possibly_affected.by_hash();
  if (possibly_affected.all_before() == 0) {
    memtable_.visit([this](std::uint64_t offset) KV_REQUIRES(refresh_mutex_) {
      log::Record record;
      if (look(offset, &record) == Sight::kRecord) explain(record);
      return !unexplained_.empty();
    });
  }
  std::uint64_t damage = possibly_affected.all_before();
  if (damage == 0 && !unexplained_.empty()) damage = unexplained_.begin()->second;
  list_damage_.store(damage, std::memory_order_release);
}

void Engine::explain(const log::Record& record) {
  const auto found = unexplained_.find(static_cast<std::uint32_t>(hash_key(record.key())));
  if (found == unexplained_.end() || found->second > record.offset) return;
  unexplained_.erase(found);
  // With damage whose keys are unknown, nothing explains the rest.
  if (unexplained_.empty() && all_possibly_affected_.back()->all_before() == 0) {
    list_damage_.store(0, std::memory_order_release);
  }
}

void Engine::refuse(Error why) {
  MutexLock lock(report_mutex_);
  refused_ = std::move(why);
  is_refused_.store(true, std::memory_order_release);
}

bool Engine::has_torn_end() const {
  const file::LogFile& file = log_->file();
  return log_->end() < file.size() && !file.is_zero(log_->end(), file.size());
}

OpenReport Engine::report() const {
  MutexLock lock(report_mutex_);
  return report_;
}

// What is about to be cut is kept beside the file: it may be all there is.
Status Engine::save_torn() {
  const std::uint64_t begin = scan_->end(), end = scan_->torn_end();
  MutexLock lock(report_mutex_);
  report_.cut_offset = begin;
  report_.cut_size = end - begin;
  if (begin == end) return {};
  report_.cut_saved_as = fmt::format("{}.torn-{}-at-{}", path_, now_us(), begin);
  const auto* bytes = reinterpret_cast<const char*>(log_->file().data());
  Status saved = files_.save(report_.cut_saved_as, {bytes + begin, end - begin}, path_);
  if (!saved) {
    saved.error().message = fmt::format(
        "{} was not closed cleanly, and its torn end cannot be "
        "saved before it is cut: {}",
        path_, saved.error().message);
    saved.error().hint = "free some disk space, or read it with --read-only";
  }
  return saved;
}

Result<bool> Engine::refresh() {
  MutexLock lock(refresh_mutex_);
  if (!scan_) return true;
  if (is_outdated_ || !log_->file().still_at(path_)) return false;
  KV_TRY(log_->file().refresh());
  if (Status taken = catch_up(); !taken) {
    // Out of memory in the middle of it, a record may be missing from the index
    // for ever. An engine that is opened anew has them all.
    is_outdated_ = taken.error().code == Code::kMemory;
    return fail(std::move(taken.error()));
  }
  return true;
}

Status Engine::catch_up() {
  const std::uint64_t findings_before = scan_->findings();
  KV_TRY(load(log_->file().size()));
  log_->adopt(*scan_);
  try {
    if (scan_->findings() != findings_before) note_corruption();
  } catch (const std::bad_alloc&) {
    return fail(Code::kMemory, path_ + ": not enough memory to list what is damaged");
  }
  return {};
}

Status Engine::close() {
  if (closed_) return {};
  closed_ = true;
  if (!committer_) return {};
  committer_->stop();
  if (committer_->has_failed()) return fail(committer_->failure());
  MutexLock lock(writer_mutex_);
  if (clock_.owes_note()) log_->mark_in_use();
  return log_->close();
}

}  // namespace kvstore
