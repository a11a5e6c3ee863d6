#include "src/store/core.h"

#include <filesystem>
#include <mutex>
#include <new>
#include <utility>

#include "src/base/cancel.h"

namespace kvstore {
namespace {

bool is_empty_file(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && std::filesystem::is_empty(path, error);
}

// Options for an open that no user has requested: it does not wait for the lock.
Options without_waiting(const Options& options) {
  Options writing = options;
  writing.lock_wait_ms = 0;
  return writing;
}

}  // namespace

Core::Core(std::string path, const Options& options)
    : path_(std::move(path)),
      options_(options),
      scrub_([this] { return current(); }, options.scrub_rate, options.on_warning) {
  options_.lock_at_first_write &= !options.read_only;
}

Status Core::open() {
  const bool reads_first = options_.read_only || options_.lock_at_first_write;
  auto opened = reads_first ? open_reader() : Generation::open(path_, options_, false, epochs_);
  MutexLock lock(mutex_);
  if (opened) return reads_first ? take_reader(std::move(*opened)) : take_for_writing(*opened);
  const bool missing = opened.error().code == Code::kNotFound;
  if (!missing || (options_.read_only && !is_empty_file(path_))) return fail(opened.error());
  return check_directory();
}

// Reports at the open, not only at the first write, that the file cannot be created.
Status Core::check_directory() const {
  if (options_.file_system) return {};
  const auto parent = std::filesystem::path(path_).parent_path();
  std::error_code error;
  if (parent.empty() || std::filesystem::is_directory(parent, error)) return {};
  return fail(Code::kNotFound,
              "cannot create " + path_ + ": there is no directory " + parent.string());
}

Result<std::shared_ptr<Generation>> Core::open_reader() {
  Options reading = options_;
  reading.read_only = true;
  return Generation::open(path_, reading, false, epochs_);
}

Status Core::take_reader(std::shared_ptr<Generation> reader) {
  if (auto recovered = recover_if_torn(*reader)) return take_for_writing(std::move(recovered));
  adopt(std::move(reader));
  return {};
}

// The first process that may write the file truncates a torn tail and saves it, even if it opened
// the file to read. Null if that is not possible now, for example because another process writes.
std::shared_ptr<Generation> Core::recover_if_torn(const Generation& reader) {
  if (options_.read_only || reader.report().how == OpenReport::How::kDamaged) return nullptr;
  if (!reader.has_torn_end()) return nullptr;
  auto opened = Generation::open(path_, without_waiting(options_), false, epochs_);
  return opened ? std::move(*opened) : nullptr;
}

Status Core::take_for_writing(std::shared_ptr<Generation> generation) {
  KV_ASSIGN(auto writer, Writer::start(generation, options_, [this] { compactor_.consider(); }));
  writer->tell(&waiters_);
  adopt(std::move(generation));
  writer_owner_ = std::move(writer);
  writer_.store(writer_owner_.get(), std::memory_order_release);
  // Waiters that have polled for other processes' writes look once more; from now on they are
  // notified.
  waiters_.note_all(Waiters::kUnknownSeq);
  return {};
}

// The former generation lives until no reader uses it.
void Core::adopt(std::shared_ptr<Generation> generation) {
  ReclamationEpochs::Retired retired;
  if (owner_) generation->inherit_time(*owner_);
  if (owner_) retired.emplace_back([old = owner_] {});
  owner_ = std::move(generation);
  generation_.store(owner_.get(), std::memory_order_release);
  epochs_.retire(std::move(retired));
}

FormerWriter Core::former() const {
  FormerWriter former{writer_owner_, {}, {}};
  former.let_go_of_generation.emplace_back([old = owner_] {});
  former.let_go_of_writer.emplace_back([old = writer_owner_] {});
  return former;
}

void Core::replace(std::shared_ptr<Writer> writer, std::shared_ptr<Generation> generation,
                   const Status& named, FormerWriter* former) noexcept {
  writer->count_on(*former->writer);
  writer->tell(&waiters_);
  writer_owner_ = std::move(writer);
  owner_ = std::move(generation);
  generation_.store(owner_.get(), std::memory_order_release);
  writer_.store(writer_owner_.get(), std::memory_order_release);
  epochs_.retire(std::move(former->let_go_of_generation));
  former->writer->assert_held();
  former->writer->retire(named);
}

void Core::retire(FormerWriter former) noexcept {
  former.writer->stop();
  former.writer.reset();
  epochs_.retire(std::move(former.let_go_of_writer));
}

// Opening the file for writing, or replacing this writer, takes the mutex or this writer's lock, so
// it happens before or after this call.
void Core::pass_writes() KV_NO_THREAD_SAFETY_ANALYSIS {
  { const MutexLock lock(mutex_); }
  const ReclamationEpochs::Guard guard(epochs_);
  while (Writer* const writer = writer_if_open()) {
    if (writer->is_held_here()) return;
    const WriterLock lock(*writer);
    if (!writer->is_retired()) return;
  }
}

Status Core::refused() {
  if (owner_) KV_TRY(owner_->writable());  // returns the reason
  return fail(refused_for_reading(path_, options_));
}

Status Core::check_writable() {
  KV_TRY(check_open());
  if (const Writer* const open = writer_if_open()) return open->writable();
  if (!options_.read_only) return {};
  const MutexLock lock(mutex_);
  return refused();
}

Result<Writer*> Core::open_writer() {
  const MutexLock opening(opening_mutex_);
  {
    const MutexLock lock(mutex_);
    if (closed_) return is_closed();
    if (Writer* const open = writer_.load(std::memory_order_relaxed)) return open;
    if (options_.read_only) KV_TRY(refused());
  }
  // Readers continue meanwhile.
  KV_ASSIGN(auto opened, Generation::open(path_, options_, true, epochs_));
  const MutexLock lock(mutex_);
  if (closed_) return is_closed();
  KV_TRY(take_for_writing(std::move(opened)));
  return writer_owner_.get();
}

namespace {

// Sets a flag again at the end of the scope, unless told otherwise.
class Restore {
 public:
  explicit Restore(std::atomic<bool>& flag) : flag_(&flag) {}
  ~Restore() {
    if (flag_) *flag_ = true;
  }
  Restore(const Restore&) = delete;
  Restore& operator=(const Restore&) = delete;
  void forget() { flag_ = nullptr; }

 private:
  std::atomic<bool>* flag_;
};

}  // namespace

Status Core::freshen_reader() {
  if (options_.manual_refresh) return freshen_if_stale();
  // Any refresh that begins from now on serves this read: readers that wait for one another share
  // one.
  const std::uint64_t needed = refreshes_begun_.load() + 1;
  const std::lock_guard turn(refreshing_);
  MutexLock lock(mutex_);
  if (closed_) return is_closed();
  // Another thread may have opened the file for writing meanwhile.
  if (writer_owner_ || refreshes_done_ >= needed) return {};
  ++refreshes_begun_;
  KV_TRY(refresh());
  refreshes_done_ = refreshes_begun_.load();
  return {};
}

Status Core::freshen_if_stale() {
  if (!is_stale_.exchange(false)) return check_open();
  // If this fails the next read must fail too, instead of reading an old state.
  Restore is_stale(is_stale_);
  MutexLock lock(mutex_);
  if (closed_) return is_closed();
  if (!writer_owner_) KV_TRY(refresh());
  is_stale.forget();
  return {};
}

Status Core::refresh() {
  epochs_.collect();
  if (owner_) {
    KV_ASSIGN(const bool up_to_date, owner_->refresh());
    if (up_to_date) return {};
  }
  auto opened = open_reader();
  if (!opened && opened.error().code == Code::kNotFound && !owner_) return {};
  if (!opened) return fail(std::move(opened.error()));
  const bool is_first = !owner_;
  adopt(std::move(*opened));
  // Another process has made the file: waiters are not notified of its writes, and must poll.
  if (is_first) waiters_.note_all(Waiters::kUnknownSeq);
  return {};
}

Status Core::check_open() const {
  return closed_.load(std::memory_order_acquire) ? Status(is_closed()) : Status{};
}

tl::unexpected<Error> Core::is_closed() const {
  return fail(Code::kFailed, path_ + ": the store is closed", "open it again");
}

OpenReport Core::report() {
  MutexLock lock(mutex_);
  return owner_ ? owner_->report() : last_report_;
}

// Releases the file even if closing fails: the lock must not stay.
Status Core::close() {
  // Checked before taking the mutex: the lock order is mutex, then writer lock.
  if (const Writer* const writer = writer_if_open(); writer && writer->is_held_here()) {
    return fail(Code::kUsage, "a store cannot be closed within a write", "let go of it first");
  }
  const CancelScope to_its_end(nullptr);  // the close must be complete even after a cancelled read
  scrub_.stop();
  compactor_.stop();
  MutexLock lock(mutex_);
  if (closed_.exchange(true)) return closing_;
  snapshots_->close();
  generation_.store(nullptr, std::memory_order_release);
  writer_.store(nullptr, std::memory_order_release);
  if (!owner_) return {};
  bool owes_note = false;
  StoreClock::Instant believed;
  try {
    last_report_ = owner_->report();
    owes_note = !writer_owner_ && !options_.read_only && owner_->clock().owes_note();
    if (owes_note) believed = owner_->clock().instant();
    if (writer_owner_) closing_ = writer_owner_->close();
  } catch (const std::bad_alloc&) {
    closing_ = fail(Code::kMemory, "out of memory");  // short: needs none
  }
  writer_owner_.reset();
  owner_.reset();
  epochs_.collect();
  if (owes_note) note_time(believed);
  return closing_;
}

// A reader that may write said that a key has expired: the file is to know that it was so
// late. Not if somebody writes it now, who will note a later time.
void Core::note_time(const StoreClock::Instant& believed) try {
  auto opened = Generation::open(path_, without_waiting(options_), false, epochs_);
  if (!opened || !(*opened)->writable()) return;
  (*opened)->note_time(believed);
  // A slot tells only what was known after the last write, and a writer's checkpoint the rest.
  if (!(*opened)->clock().owes_peak()) return (void)(*opened)->close();
  if (auto writer = Writer::start(*opened, options_)) (void)(*writer)->close();
} catch (const std::bad_alloc&) {
}

}  // namespace kvstore
