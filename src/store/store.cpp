#include "src/store/store.h"

#include <atomic>
#include <filesystem>
#include <memory>

#include "src/base/clock.h"
#include "src/base/mutex.h"
#include "src/store/engine.h"

namespace kvstore {

namespace {

// An engine that stays open as long as this lives: a reader's may be replaced
// meanwhile, because another program has swapped the file or because the first
// write opens it for writing. A writer's never is, so it is held without counting.
class Held {
 public:
  explicit Held(Engine* engine) : engine_(engine) {}
  explicit Held(std::shared_ptr<Engine> keep) : engine_(keep.get()), keep_(std::move(keep)) {}
  explicit operator bool() const { return engine_ != nullptr; }
  Engine* operator->() const { return engine_; }
  Engine* get() const { return engine_; }

 private:
  Engine* engine_;
  std::shared_ptr<Engine> keep_;
};

bool is_empty_file(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && std::filesystem::is_empty(path, error);
}

}  // namespace

// The engine appears when the file does, and goes when the store is closed.
struct Store::Impl {
  std::string path;
  Options options;
  // The engine is a reader's: of a read-only store always, else before the first
  // write if the lock is not taken sooner.
  std::atomic<bool> is_reader{false};
  std::atomic<bool> is_stale{true};      // a reader's next read has to look for more
  std::atomic<Engine*> engine{nullptr};  // a writer's: once there, it stays until close()
  std::atomic<bool> closed{false};
  mutable Mutex mutex;
  std::shared_ptr<Engine> owner KV_GUARDED_BY(mutex);
  OpenReport last_report KV_GUARDED_BY(mutex);  // of a closed store
  Status closing KV_GUARDED_BY(mutex);          // what close() answered

  void adopt(std::unique_ptr<Engine> opened) KV_REQUIRES(mutex) {
    owner = std::move(opened);
    engine.store(owner.get(), std::memory_order_release);
  }

  Result<std::unique_ptr<Engine>> open_reader() const {
    Options reading = options;
    reading.read_only = true;
    return Engine::open(path, reading, false);
  }

  // A torn end is cut, and kept aside, by the first who may write the file, also one who
  // came to read. Null if that is not now, because somebody writes it, say.
  std::unique_ptr<Engine> recover_if_torn(const Engine& reader) const {
    if (options.read_only || reader.report().how == OpenReport::How::kDamaged) return nullptr;
    if (!reader.has_torn_end()) return nullptr;
    Options writing = options;
    writing.lock_wait_ms = 0;
    auto opened = Engine::open(path, writing, false);
    return opened ? std::move(*opened) : nullptr;
  }

  // A reader that may write said that a key has expired: the file is to know that it was
  // so late. Not if somebody writes it now, who will note a later time.
  void note_time() const {
    Options writing = options;
    writing.lock_wait_ms = 0;
    auto opened = Engine::open(path, writing, false);
    if (!opened) return;
    (*opened)->note_time();
    [[maybe_unused]] const Status best_effort = (*opened)->close();
  }

  // Null if there is no file yet, or no longer.
  Held now() {
    if (!is_reader.load(std::memory_order_acquire)) {
      return Held(engine.load(std::memory_order_acquire));
    }
    MutexLock lock(mutex);
    return Held(owner);
  }

  // The same, but kFailed once it is closed.
  Result<Held> if_open() {
    Held open = now();
    if (!open && closed.load(std::memory_order_acquire)) return is_closed();
    return open;
  }

  tl::unexpected<Error> is_closed() const {
    return fail(Code::kFailed, path + ": the store is closed", "open it again");
  }

  // For writes: creates the file if there is none.
  Result<Held> for_writing() {
    if (!is_reader.load(std::memory_order_acquire)) {
      if (Held open = now()) return open;
    }
    MutexLock lock(mutex);
    if (closed) return is_closed();
    if (options.read_only) {
      if (owner) return Held(owner);  // says why it refuses
      return fail(refused_for_reading(path, options));
    }
    if (!owner || is_reader) {
      KV_ASSIGN(auto opened, Engine::open(path, options, true));
      adopt(std::move(opened));
      is_reader.store(false, std::memory_order_release);
    }
    return Held(owner.get());
  }

  // For reads: a reader beside a writer looks for what is new.
  Result<Held> for_reading() {
    KV_ASSIGN(Held open, if_open());
    if (!is_reader.load(std::memory_order_acquire)) return open;
    if (!is_stale.exchange(!options.manual_refresh)) return open;
    auto fresh = look_again(std::move(open));
    if (!fresh) is_stale = true;  // the next read fails too, rather than answer old things
    return fresh;
  }

  Result<Held> look_again(Held open) {
    if (open) {
      KV_ASSIGN(const bool up_to_date, open->refresh());
      if (up_to_date) return open;
    }
    MutexLock lock(mutex);
    if (closed) return is_closed();
    if (owner.get() == open.get()) {
      auto opened = open_reader();
      if (!opened && opened.error().code == Code::kNotFound && !open) return open;
      if (!opened) return fail(std::move(opened.error()));
      adopt(std::move(*opened));
    }
    return Held(owner);
  }

  // The engine goes whatever its closing says: the lock must not stay.
  Status close() {
    MutexLock lock(mutex);
    if (closed.exchange(true)) return closing;
    engine.store(nullptr, std::memory_order_release);
    if (!owner) return {};
    closing = owner->close();
    last_report = owner->report();
    const bool owes_note = is_reader && !options.read_only && owner->owes_note();
    owner.reset();
    if (owes_note) note_time();
    return closing;
  }
};

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() { [[maybe_unused]] const Status ignored = close(); }

Result<std::unique_ptr<Store>> Store::open(const std::string& path, const Options& options) {
  // It would pass for a file that is not there yet.
  if (path.empty()) return fail(Code::kNotFound, "cannot open a file without a name");
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->options = options;
  impl->options.lock_at_first_write &= !options.read_only;
  impl->is_reader = options.read_only || options.lock_at_first_write;
  auto engine = impl->is_reader ? impl->open_reader() : Engine::open(path, impl->options, false);
  if (engine) {
    if (impl->is_reader && !options.read_only) {
      if (auto recovered = impl->recover_if_torn(**engine)) {
        *engine = std::move(recovered);
        impl->is_reader = false;
      }
    }
    MutexLock lock(impl->mutex);
    impl->adopt(std::move(*engine));
  } else if (engine.error().code != Code::kNotFound ||
             (options.read_only && !is_empty_file(path))) {
    return fail(std::move(engine.error()));
  } else if (!options.file_system) {
    const auto parent = std::filesystem::path(path).parent_path();
    std::error_code error;
    if (!parent.empty() && !std::filesystem::is_directory(parent, error)) {
      return fail(Code::kNotFound,
                  "cannot create " + path + ": there is no directory " + parent.string());
    }
  }
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Status Store::close() { return impl_->close(); }

Result<Written> Store::set(std::string_view key, std::string_view value,
                           const WriteOptions& options) {
  KV_ASSIGN(const Held engine, impl_->for_writing());
  return engine->set(key, value, options);
}

Result<Written> Store::append(std::string_view key, std::string_view value,
                              const WriteOptions& options) {
  KV_ASSIGN(const Held engine, impl_->for_writing());
  return engine->append(key, value, options);
}

Result<Written> Store::remove(std::string_view key, const WriteOptions& options) {
  KV_ASSIGN(const Held there, impl_->for_reading());
  if (!there) return Written{};  // nothing to remove, and no reason to make a file
  KV_ASSIGN(const Held engine, impl_->for_writing());
  return engine->remove(key, options);
}

Result<std::uint64_t> Store::apply(const Batch& batch, bool wait) {
  if (batch.only_removes()) {
    KV_ASSIGN(const Held there, impl_->for_reading());
    if (!there) return 0;
  }
  KV_ASSIGN(const Held engine, impl_->for_writing());
  return engine->apply(batch, wait);
}

Status Store::commit() {
  KV_ASSIGN(const Held engine, impl_->if_open());
  return engine ? engine->commit() : Status{};
}

Status Store::sync() {
  KV_ASSIGN(const Held there, impl_->if_open());
  if (!there) return {};
  // What others have written is on the disk once a writer says so, no reader.
  if (impl_->options.lock_at_first_write) KV_TRY(impl_->for_writing());
  const Held engine = impl_->now();
  return engine->sync();
}

Result<bool> Store::get(std::string_view key, std::string* value, const At& at) {
  KV_ASSIGN(const Held engine, impl_->for_reading());
  if (!engine) return false;
  return engine->get(key, value, at);
}

Result<bool> Store::read(std::string_view key, std::int64_t offset, std::uint64_t length,
                         std::string* value, const At& at) {
  KV_ASSIGN(const Held engine, impl_->for_reading());
  if (!engine) return false;
  return engine->read(key, offset, length, value, at);
}

Result<std::optional<KeyInfo>> Store::stat(std::string_view key, const At& at) {
  KV_ASSIGN(const Held engine, impl_->for_reading());
  if (!engine) return std::nullopt;
  return engine->stat(key, at);
}

Status Store::history(std::string_view key, std::uint64_t limit,
                      const std::function<bool(const Version&)>& visit) {
  KV_ASSIGN(const Held engine, impl_->for_reading());
  return engine ? engine->history(key, limit, visit) : Status{};
}

Status Store::scan(std::string_view prefix, std::optional<std::string_view> after,
                   std::uint64_t limit, const std::function<bool(std::string_view)>& visit) {
  KV_ASSIGN(const Held engine, impl_->for_reading());
  return engine ? engine->scan(prefix, after, limit, visit) : Status{};
}

Result<std::uint64_t> Store::scan_step(std::uint64_t cursor, std::uint64_t count,
                                       const std::function<void(std::string_view)>& visit) {
  KV_ASSIGN(const Held engine, impl_->for_reading());
  if (!engine) return 0;
  return engine->scan_step(cursor, count, visit);
}

void Store::refresh() { impl_->is_stale.store(true, std::memory_order_relaxed); }

Result<std::uint64_t> Store::count() {
  KV_ASSIGN(const Held engine, impl_->for_reading());
  if (!engine) return 0;
  return engine->count();
}

std::uint64_t Store::now_us() {
  const Held engine = impl_->now();
  return engine ? engine->time_us() : believed_now_us();
}

Stats Store::stats() {
  const auto engine = impl_->for_reading();
  if (engine && *engine) return (*engine)->stats();
  Stats none;
  none.read_only = impl_->options.read_only;
  if (!engine)
    none.writes_refused =
        std::string(code_name(engine.error().code)) + " " + engine.error().message;
  return none;
}

OpenReport Store::open_report() const {
  if (const Held engine = impl_->now()) return engine->report();
  MutexLock lock(impl_->mutex);
  return impl_->last_report;
}

const std::string& Store::path() const { return impl_->path; }

}  // namespace kvstore
