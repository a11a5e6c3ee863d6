#include "src/store/store.h"

#include <atomic>
#include <filesystem>
#include <vector>

#include "src/base/mutex.h"
#include "src/store/engine.h"

namespace kvstore {

// The engine appears when the file does. One that was replaced (another program
// swapped the file under a reader) is kept to the end: a call may be in it.
struct Store::Impl {
  std::string path;
  Options options;
  std::atomic<Engine*> engine{nullptr};
  Mutex mutex;
  std::vector<std::unique_ptr<Engine>> engines KV_GUARDED_BY(mutex);

  void adopt(std::unique_ptr<Engine> opened) KV_REQUIRES(mutex) {
    engines.push_back(std::move(opened));
    engine.store(engines.back().get(), std::memory_order_release);
  }

  // For writes: creates the file if there is none.
  Result<Engine*> for_writing() {
    if (Engine* open = engine.load(std::memory_order_acquire)) return open;
    MutexLock lock(mutex);
    if (Engine* open = engine.load(std::memory_order_acquire)) return open;
    KV_ASSIGN(auto opened, Engine::open(path, options, true));
    adopt(std::move(opened));
    return engine.load(std::memory_order_relaxed);
  }

  // For reads: null if there is no file yet. A reader beside a writer looks for
  // what is new.
  Result<Engine*> for_reading() {
    Engine* open = engine.load(std::memory_order_acquire);
    if (!open || !options.read_only) return open;
    KV_ASSIGN(const bool same_file, open->refresh());
    if (same_file) return open;
    MutexLock lock(mutex);
    if (engine.load(std::memory_order_acquire) == open) {
      KV_ASSIGN(auto opened, Engine::open(path, options, false));
      adopt(std::move(opened));
    }
    return engine.load(std::memory_order_relaxed);
  }
};

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() { [[maybe_unused]] const Status ignored = close(); }

Result<std::unique_ptr<Store>> Store::open(const std::string& path, const Options& options) {
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->options = options;
  auto engine = Engine::open(path, options, false);
  if (engine) {
    MutexLock lock(impl->mutex);
    impl->adopt(std::move(*engine));
  } else if (engine.error().code != Code::kNotFound || options.read_only) {
    return fail(std::move(engine.error()));
  } else if (!options.file_system) {
    const auto folder = std::filesystem::path(path).parent_path();
    std::error_code error;
    if (!folder.empty() && !std::filesystem::is_directory(folder, error)) {
      return fail(Code::kNotFound, "cannot create " + path + ": there is no folder " +
                                       folder.string());
    }
  }
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Status Store::close() {
  MutexLock lock(impl_->mutex);
  Status result;
  for (auto& engine : impl_->engines) {
    if (Status closed = engine->close(); !closed) result = std::move(closed);
  }
  return result;
}

Result<Written> Store::set(std::string_view key, std::string_view value,
                           const WriteOptions& options) {
  KV_ASSIGN(Engine* const engine, impl_->for_writing());
  return engine->set(key, value, options);
}

Result<Written> Store::append(std::string_view key, std::string_view value,
                              const WriteOptions& options) {
  KV_ASSIGN(Engine* const engine, impl_->for_writing());
  return engine->append(key, value, options);
}

Result<Written> Store::remove(std::string_view key, const WriteOptions& options) {
  Engine* const engine = impl_->engine.load(std::memory_order_acquire);
  if (!engine) return Written{};  // nothing to remove, and no reason to make a file
  return engine->remove(key, options);
}

Result<std::uint64_t> Store::apply(const Batch& batch, bool wait) {
  if (batch.only_removes() && !impl_->engine.load(std::memory_order_acquire)) return 0;
  KV_ASSIGN(Engine* const engine, impl_->for_writing());
  return engine->apply(batch, wait);
}

Status Store::commit() {
  Engine* const engine = impl_->engine.load(std::memory_order_acquire);
  return engine ? engine->commit() : Status{};
}

Status Store::sync() {
  Engine* const engine = impl_->engine.load(std::memory_order_acquire);
  return engine ? engine->sync() : Status{};
}

Result<bool> Store::get(std::string_view key, std::string* value, const At& at) {
  KV_ASSIGN(Engine* const engine, impl_->for_reading());
  if (!engine) return false;
  return engine->get(key, value, at);
}

Result<bool> Store::read(std::string_view key, std::int64_t offset, std::uint64_t length,
                         std::string* value, const At& at) {
  KV_ASSIGN(Engine* const engine, impl_->for_reading());
  if (!engine) return false;
  return engine->read(key, offset, length, value, at);
}

Result<std::optional<KeyInfo>> Store::stat(std::string_view key, const At& at) {
  KV_ASSIGN(Engine* const engine, impl_->for_reading());
  if (!engine) return std::nullopt;
  return engine->stat(key, at);
}

Status Store::history(std::string_view key, std::uint64_t limit,
                      const std::function<bool(const Version&)>& visit) {
  KV_ASSIGN(Engine* const engine, impl_->for_reading());
  return engine ? engine->history(key, limit, visit) : Status{};
}

Status Store::scan(std::string_view prefix, std::optional<std::string_view> after,
                   std::uint64_t limit, const std::function<bool(std::string_view)>& visit) {
  KV_ASSIGN(Engine* const engine, impl_->for_reading());
  return engine ? engine->scan(prefix, after, limit, visit) : Status{};
}

Result<std::uint64_t> Store::scan_step(std::uint64_t cursor, std::uint64_t count,
                                       const std::function<void(std::string_view)>& visit) {
  KV_ASSIGN(Engine* const engine, impl_->for_reading());
  if (!engine) return 0;
  return engine->scan_step(cursor, count, visit);
}

Result<std::uint64_t> Store::count() {
  KV_ASSIGN(Engine* const engine, impl_->for_reading());
  if (!engine) return 0;
  return engine->count();
}

Stats Store::stats() {
  const auto engine = impl_->for_reading();
  if (!engine || !*engine) return {};
  return (*engine)->stats();
}

OpenReport Store::open_report() const {
  const Engine* const engine = impl_->engine.load(std::memory_order_acquire);
  return engine ? engine->report() : OpenReport{};
}

const std::string& Store::path() const { return impl_->path; }

}  // namespace kvstore
