#include "src/store/store.h"

#include <memory>

#include "src/base/clock.h"
#include "src/store/backup_run.h"
#include "src/store/core.h"
#include "src/store/write_transaction.h"

namespace kvstore {

Store::Store(std::unique_ptr<Core> core) : core_(std::move(core)) {}

Store::~Store() { [[maybe_unused]] const Status ignored = close(); }

Result<std::unique_ptr<Store>> Store::open(const std::string& path, const Options& options) {
  // An empty path would look like a file that does not exist yet.
  if (path.empty()) return fail(Code::kNotFound, "cannot open a file without a name");
  auto core = std::make_unique<Core>(path, options);
  KV_TRY(core->open());
  core->scrub().start();
  return std::unique_ptr<Store>(new Store(std::move(core)));
}

Status Store::close() { return core_->close(); }

// --- Writes: one transaction each.

namespace {

template <class Change>
Result<Written> write_one(Core& core, std::string_view key, bool wait, Change change) {
  WriteTransaction transaction(core, key);
  KV_TRY(transaction.begin());
  KV_ASSIGN(const Written written, change(transaction));
  KV_TRY(transaction.commit(wait));
  return written;
}

}  // namespace

Result<Written> Store::set(std::string_view key, std::string_view value,
                           const WriteOptions& options) {
  KV_TRY(WriteTransaction::check(key, value, options));  // before a file is made
  return write_one(*core_, key, options.wait, [&](WriteTransaction& transaction) {
    return transaction.set(key, value, options);
  });
}

Result<Written> Store::append(std::string_view key, std::string_view value,
                              const WriteOptions& options) {
  KV_TRY(WriteTransaction::check(key, value));
  return write_one(*core_, key, options.wait, [&](WriteTransaction& transaction) {
    return transaction.append(key, value, options.type);
  });
}

// Whether there is a file to remove something from; a removal does not create one.
Result<bool> Store::has_file() {
  if (core_->writer_if_open()) return true;
  KV_TRY(core_->freshen());
  return static_cast<bool>(core_->pin());
}

Result<Written> Store::remove(std::string_view key, const WriteOptions& options) {
  KV_ASSIGN(const bool there, has_file());
  if (!there) return Written{};
  return write_one(*core_, key, options.wait,
                   [&](WriteTransaction& transaction) { return transaction.remove(key); });
}

Result<Written> Store::expire(std::string_view key, std::uint64_t expires_at_ms,
                              const WriteOptions& options) {
  KV_TRY(WriteTransaction::check(key, {}, expires_at_ms));
  KV_ASSIGN(const bool there, has_file());
  if (!there) return Written{};
  return write_one(*core_, key, options.wait, [&](WriteTransaction& transaction) {
    return transaction.expire(key, expires_at_ms);
  });
}

Result<std::uint64_t> Store::clear(bool wait) {
  KV_ASSIGN(const bool there, has_file());
  if (!there) return 0;
  WriteTransaction transaction(*core_);
  KV_TRY(transaction.begin());
  transaction.clear();
  return transaction.commit(wait);
}

Result<std::uint64_t> Store::apply(const Batch& batch, bool wait) {
  if (batch.only_removes()) {
    KV_ASSIGN(const bool there, has_file());
    if (!there) return 0;
  }
  WriteTransaction transaction(*core_);
  KV_TRY(transaction.begin());
  if (batch.clears_) transaction.clear();
  for (const Batch::Entry& entry : batch.entries_) {
    switch (entry.op) {
      case Batch::Op::kSet:
        KV_TRY(transaction.set(entry.key, entry.value,
                               {.expires_at_ms = entry.expires_at_ms, .type = entry.type}));
        break;
      case Batch::Op::kAppend:
        KV_TRY(transaction.append(entry.key, entry.value, entry.type));
        break;
      case Batch::Op::kRemove:
        KV_TRY(transaction.remove(entry.key));
        break;
    }
  }
  KV_TRY(transaction.commit(wait));
  return transaction.existed();
}

Result<std::uint64_t> Store::update(const std::function<Status(Update&)>& change, bool wait) {
  WriteTransaction transaction(*core_);
  KV_TRY(transaction.begin());
  Update given(transaction);
  KV_TRY(change(given));
  return transaction.commit(wait);
}

Result<bool> Update::get(std::string_view key, std::string* value) {
  return inner_.get(key, value);
}

Result<std::optional<KeyInfo>> Update::stat(std::string_view key) { return inner_.stat(key); }

Result<Written> Update::set(std::string_view key, std::string_view value,
                            const WriteOptions& options) {
  return inner_.set(inner_.keep(key), inner_.keep(value), options);
}

Result<Written> Update::set_held(std::string_view key, std::string_view value,
                                 const WriteOptions& options) {
  return inner_.set(inner_.keep(key), value, options);
}

Result<Written> Update::append(std::string_view key, std::string_view value,
                               const WriteOptions& options) {
  return inner_.append(inner_.keep(key), inner_.keep(value), options.type);
}

Result<Written> Update::remove(std::string_view key) { return inner_.remove(inner_.keep(key)); }

Result<Written> Update::expire(std::string_view key, std::uint64_t expires_at_ms) {
  return inner_.expire(inner_.keep(key), expires_at_ms);
}

void Update::clear() { inner_.clear(); }

Result<bool> Update::copy(std::string_view from, std::string_view to,
                          const TakeMemory& take_memory) {
  return inner_.copy(from, inner_.keep(to), take_memory);
}

// Another member releases the lock. While it is held the writer is not retired.
WriteHold::WriteHold(Store& store) KV_NO_THREAD_SAFETY_ANALYSIS {
  const ReclamationEpochs::Guard guard(store.core_->epochs());
  while (Writer* const writer = store.core_->writer_if_open()) {
    if (writer->is_held_here()) return;
    writer->lock();
    held_ = writer;
    if (!writer->is_retired()) return;
    release();
  }
}

void WriteHold::release() KV_NO_THREAD_SAFETY_ANALYSIS {
  if (Writer* const writer = std::exchange(held_, nullptr)) writer->unlock();
}

namespace {

// A sync needs the lock for a moment.
Status check_not_held(const Writer& writer) {
  if (!writer.is_held_here()) return {};
  return fail(Code::kUsage, "nothing can be waited for while this thread holds the writer lock",
              "commit after the hold, or the update");
}

}  // namespace

Status Store::commit() {
  KV_TRY(core_->check_open());
  const ReclamationEpochs::Guard guard(core_->epochs());
  Writer* const writer = core_->writer_if_open();
  if (!writer) return {};
  KV_TRY(check_not_held(*writer));
  return writer->wait(writer->generation().visible_seq());
}

std::optional<Status> Store::commit(CommitWaiter& waiter) {
  if (Status open = core_->check_open(); !open) return open;
  const ReclamationEpochs::Guard guard(core_->epochs());
  Writer* const writer = core_->writer_if_open();
  if (!writer) return Status{};
  if (Status apart = check_not_held(*writer); !apart) return apart;
  return writer->wait(writer->generation().visible_seq(), waiter);
}

Status Store::sync() {
  KV_TRY(core_->check_open());
  const ReclamationEpochs::Guard guard(core_->epochs());
  // Only a writer can make sure that other processes' writes are on the disk.
  if (core_->options().lock_at_first_write && core_->pin()) KV_TRY(core_->writer());
  Writer* const writer = core_->writer_if_open();
  if (!writer) return {};
  KV_TRY(check_not_held(*writer));
  return writer->wait_durable(writer->generation().visible_seq());
}

std::uint64_t Store::durable_seq() {
  const ReclamationEpochs::Guard guard(core_->epochs());
  const Writer* const writer = core_->writer_if_open();
  return writer ? writer->durable_seq() : 0;
}

Result<std::uint64_t> Store::last_seq() {
  KV_TRY(core_->freshen());
  const Pin pin = core_->pin();
  return pin ? pin->visible_seq() : 0;
}

Status Store::checkpoint() {
  KV_TRY(core_->check_open());
  const ReclamationEpochs::Guard guard(core_->epochs());
  Writer* const writer = core_->writer_if_open();
  if (!writer || !writer->indexer()) return {};
  KV_TRY(check_not_held(*writer));
  return writer->indexer()->checkpoint_now();
}

Status Store::scrub() {
  KV_TRY(core_->check_open());
  return core_->scrub().begin_now();
}

ScrubStatus Store::scrub_status() const { return core_->scrub().status(); }

Status Store::check_compactable() {
  KV_TRY(core_->check_open());
  KV_ASSIGN(const bool there, has_file());
  if (!there) return fail(Code::kNotFound, path() + " does not exist");
  const ReclamationEpochs::Guard guard(core_->epochs());
  KV_ASSIGN(Writer* const writer, core_->writer());
  return check_not_held(*writer);
}

Status Store::compact(const CompactionOptions& options) {
  KV_TRY(check_compactable());
  return core_->compactor().run(options, {});
}

Status Store::compact_into(const std::string& out, const CompactionOptions& options) {
  KV_TRY(core_->check_open());
  KV_ASSIGN(const bool there, has_file());
  if (!there) return fail(Code::kNotFound, path() + " does not exist");
  {
    const ReclamationEpochs::Guard guard(core_->epochs());
    if (const Writer* const writer = core_->writer_if_open()) KV_TRY(check_not_held(*writer));
  }
  return core_->compactor().run(options, out);
}

Result<BackupReport> Store::backup(const std::string& out, const BackupOptions& options) {
  KV_TRY(core_->check_open());
  {
    const ReclamationEpochs::Guard guard(core_->epochs());
    if (const Writer* const writer = core_->writer_if_open()) KV_TRY(check_not_held(*writer));
  }
  return BackupRun(*core_, out, options).run();
}

const Options& Store::options() const { return core_->options(); }

Status Store::start_compaction(const CompactionOptions& options) {
  KV_TRY(check_compactable());
  return core_->compactor().start(options);
}

void Store::stop_compaction() { core_->compactor().cancel(); }

CompactionStatus Store::compaction_status() const { return core_->compactor().status(); }

// --- Reads: of the view as of their begin.

Result<bool> Store::get(std::string_view key, std::string* value, const At& at) {
  KV_TRY(core_->freshen());
  const Pin pin = core_->pin();
  if (!pin) return false;
  return pin.view().get(key, value, at);
}

void Store::prefetch(std::span<const std::string_view> keys) {
  const Pin pin = core_->pin();
  if (pin) pin->prefetch(keys);
}

Result<bool> Store::read(std::string_view key, std::int64_t offset, std::uint64_t length,
                         std::string* value, const At& at) {
  KV_TRY(core_->freshen());
  const Pin pin = core_->pin();
  if (!pin) return false;
  return pin.view().read(key, offset, length, value, at);
}

Result<bool> Store::read_bytes(std::string_view key, std::int64_t offset, std::uint64_t length,
                               std::string* value, const At& at) {
  KV_TRY(core_->freshen());
  const Pin pin = core_->pin();
  if (!pin) return false;
  return pin.view().read_bytes(key, offset, length, value, at);
}

Result<std::optional<KeyInfo>> Store::stat(std::string_view key, const At& at) {
  KV_TRY(core_->freshen());
  const Pin pin = core_->pin();
  if (!pin) return std::nullopt;
  return pin.view().stat(key, at);
}

Status Store::stat_each(std::span<const std::string_view> keys,
                        const std::function<bool(const std::optional<KeyInfo>&)>& visit) {
  KV_TRY(core_->freshen());
  const Pin pin = core_->pin();
  const std::optional<ReadView> view =
      pin ? std::optional<ReadView>(pin.view()) : std::optional<ReadView>();
  for (const std::string_view key : keys) {
    std::optional<KeyInfo> info;
    if (view) {
      KV_ASSIGN(info, view->stat(key, {}));
    }
    if (!visit(info)) break;
  }
  return {};
}

Status Store::history(std::string_view key, std::uint64_t limit,
                      const std::function<bool(const Version&)>& visit) {
  KV_TRY(core_->freshen());
  const Pin pin = core_->pin();
  return pin ? pin.view().history(key, limit, visit) : Status{};
}

void Store::refresh() { core_->expect_news(); }

std::uint64_t Store::now_us() {
  const Pin pin = core_->pin();
  return pin ? pin->clock().now() : believed_now_us();
}

OpenReport Store::open_report() const { return core_->report(); }

const std::string& Store::path() const { return core_->path(); }

}  // namespace kvstore
