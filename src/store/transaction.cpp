#include "src/store/transaction.h"

#include <algorithm>

#include "src/store/iterator.h"
#include "src/store/transaction_state.h"
#include "src/store/validation.h"
#include "src/store/write_transaction.h"

namespace kvstore {
namespace {

Status write_one(std::string_view key, const OwnWrite& own, WriteTransaction* to) {
  switch (own.kind) {
    case OwnWrite::Kind::kSet:
      KV_TRY(to->set(key, own.value,
                     {.expires_at_ms = own.ttl_ms ? 0 : own.expires_ms,
                      .type = own.type,
                      .ttl_ms = own.ttl_ms}));
      break;
    case OwnWrite::Kind::kAppend:
      KV_TRY(to->append(key, own.value, own.type));
      KV_TRY(to->expire(key, own.expires_ms));
      break;
    case OwnWrite::Kind::kRemove:
      KV_TRY(to->remove(key));
      break;
    case OwnWrite::Kind::kRefer:
      KV_TRY(to->set_from(key, own.from, own.from_seq, own.base_size, own.expires_ms));
      if (!own.value.empty()) KV_TRY(to->append(key, own.value, own.type));
      break;
  }
  if (own.set) to->know_set(key, *own.set);
  return {};
}

// Ends the transaction at the end of the scope, whatever the result.
class EndAfterwards {
 public:
  explicit EndAfterwards(TransactionState& state) : state_(state) {}
  ~EndAfterwards() { state_.end(); }
  EndAfterwards(const EndAfterwards&) = delete;
  EndAfterwards& operator=(const EndAfterwards&) = delete;

 private:
  TransactionState& state_;
};

}  // namespace

Result<std::uint64_t> TransactionState::commit(bool wait) {
  const EndAfterwards end(*this);
  KV_TRY(check());
  std::uint64_t seq = base_->seq();
  if (has_writes()) {
    KV_ASSIGN(Core* const core, store_->core());
    std::optional<std::uint64_t> written;
    while (!written) {
      KV_ASSIGN(written, write(*core, wait));
    }
    seq = *written;
  }
  return seq;
}

// The keys' former states are looked up again under the lock. The check for changes comes last: an
// append may find a value that expires at that moment; then the commit is refused. Nothing is
// written if another file has replaced the validated one.
Result<std::optional<std::uint64_t>> TransactionState::write(Core& core, bool wait) {
  const ReclamationEpochs::Guard guard(core.epochs());
  KV_ASSIGN(Writer* const writer, core.writer());
  const Generation& generation = writer->generation();
  Validation validation(*base_, reads_, generation);
  KV_TRY(validation.check_before_lock());
  WriteTransaction transaction(core);
  KV_TRY(transaction.begin());
  if (&transaction.generation() != &generation) return std::nullopt;
  KV_TRY(validation.check_rest());
  if (writes_.has_cleared()) transaction.clear();
  for (const auto* const own : writes_.in_order()) {
    KV_TRY(write_one(own->first, own->second, &transaction));
  }
  KV_TRY(validation.check_expiries());
  return transaction.commit(wait);
}

// --- Transaction

Transaction::Transaction(std::unique_ptr<TransactionState> state) : state_(std::move(state)) {}
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;
Transaction::~Transaction() = default;

const Snapshot& Transaction::snapshot() const { return state_->snapshot(); }
bool Transaction::is_read_only() const { return state_->is_read_only(); }
bool Transaction::has_writes() const { return state_->has_writes(); }
std::uint64_t Transaction::changes() const { return state_->changes(); }
std::uint64_t Transaction::memory() const { return state_->memory(); }

Result<bool> Transaction::get(std::string_view key, std::string* value, const At& at) {
  return state_->get(key, value, at);
}

Result<bool> Transaction::read(std::string_view key, std::int64_t offset, std::uint64_t length,
                               std::string* value, const At& at) {
  return state_->read(key, offset, length, value, at);
}

Result<std::optional<KeyInfo>> Transaction::stat(std::string_view key, const At& at) {
  return state_->stat(key, at);
}

Result<bool> Transaction::copy(std::string_view from, std::string_view to,
                               const TakeMemory& take_memory) {
  return state_->copy(from, to, take_memory);
}

Status Transaction::history(std::string_view key, std::uint64_t limit,
                            const std::function<bool(const Version&)>& visit) {
  return state_->history(key, limit, visit);
}

Status Transaction::scan(std::string_view prefix, std::optional<std::string_view> after,
                         std::uint64_t limit, const std::function<bool(std::string_view)>& visit) {
  IteratorOptions options{.prefix = std::string(prefix), .keys_only = true};
  if (after) options.lower = key_after(*after);
  return state_->walk(options, false, limit, visit);
}

Status Transaction::walk(const IteratorOptions& options, bool backwards, std::uint64_t limit,
                         const std::function<bool(std::string_view)>& visit) {
  IteratorOptions now = options;
  now.at = {};
  return state_->walk(now, backwards, limit, visit);
}

Result<std::uint64_t> Transaction::count() {
  std::uint64_t keys = 0;
  KV_TRY(scan({}, std::nullopt, UINT64_MAX, [&](std::string_view) {
    ++keys;
    return true;
  }));
  return keys;
}

Status Transaction::set(std::string_view key, std::string_view value, const WriteOptions& options) {
  return state_->set(key, value, options);
}

Result<std::uint64_t> Transaction::append(std::string_view key, std::string_view value,
                                          const WriteOptions& options) {
  return state_->append(key, value, options.type);
}

Result<std::optional<SortedSet>> Transaction::sorted_set(std::string_view key, const At& at) {
  return state_->sorted_set(key, at);
}

Status Transaction::change_sorted_set(std::string_view key, std::span<const MemberChange> changes) {
  return state_->change_sorted_set(key, changes);
}

Status Transaction::set_sorted_set(std::string_view key, const SortedSet& set) {
  return state_->set_sorted_set(key, set);
}

Result<bool> Transaction::remove(std::string_view key) { return state_->remove(key); }

Result<Undone> Transaction::undo(std::string_view key, const UndoOptions& options) {
  return state_->undo(key, options);
}

Result<bool> Transaction::expire(std::string_view key, std::uint64_t expires_at_ms) {
  return state_->expire(key, expires_at_ms);
}

Status Transaction::attempt(FunctionRef<Status()> change) { return state_->attempt(change); }

Status Transaction::clear() { return state_->clear(); }

Result<std::uint64_t> Transaction::commit(bool wait) { return state_->commit(wait); }

void Transaction::rollback() { state_->end(); }

// --- Store

Result<Transaction> Store::transaction(const TransactionOptions& options) {
  KV_ASSIGN(Snapshot snapshot, this->snapshot());
  const TransactionLimits& limits = core_->options().transactions;
  const auto lower = [](auto asked, auto most) {
    return asked == 0 ? most : std::min(asked, most);
  };
  // 0 means no limit, so it counts as the highest.
  const std::uint32_t time_ms =
      limits.time_ms == 0 ? options.max_ms : lower(options.max_ms, limits.time_ms);
  auto state = snapshot.state_;
  return Transaction(std::make_unique<TransactionState>(
      std::move(snapshot), std::move(state),
      TransactionState::Limits{options.read_only, lower(options.max_bytes, limits.bytes),
                               limits.bytes_of_all, time_ms}));
}

}  // namespace kvstore
