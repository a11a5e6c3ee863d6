// Values stored as references: COPY, RENAME and UNDO in a write transaction.
#include <algorithm>

#include <fmt/core.h>

#include "src/log/reference.h"
#include "src/store/read_view.h"
#include "src/store/reference_limit.h"
#include "src/store/write_transaction.h"

namespace kvstore {
namespace {

using log::Kind;
using log::Record;

tl::unexpected<Error> too_many_pieces(const Record& record) {
  return fail(Code::kTooBig,
              fmt::format("the value of {} bytes was copied and appended to so often that it would "
                          "have to be rewritten, and one write has {} at most",
                          record.total, kMaxValueSize),
              "compact the file (COMPACT), which puts it together");
}

}  // namespace

bool WriteTransaction::is_to_be_referred(std::uint64_t size) {
  return size > 0 && size >= least_referred.load(std::memory_order_relaxed);
}

Result<Written> WriteTransaction::refer(std::string_view key, ValueType type,
                                        std::string_view reference, std::uint64_t total,
                                        std::uint64_t expires_ms) {
  KV_TRY(check(key, {}, expires_ms));
  const std::uint64_t hash = hash_of(key);
  PendingChange* pending = find_pending(key, hash);
  const bool is_new = !pending;
  if (is_new) pending = &look_up(key, hash);
  const bool existed = is_new ? pending->was_live : is_there(*pending);
  forget_set(key);
  begin_anew(Kind::kRef, type, reference, expires_ms, pending);
  pending->change.raw_size = total;
  if (is_new) count(*pending);
  return Written{next_seq(), total, existed};
}

Result<Written> WriteTransaction::set_bytes_of(std::string_view key, const Record& record,
                                               std::uint64_t expires_ms,
                                               const TakeMemory& take_memory) {
  if (record.total > kMaxValueSize) return too_many_pieces(record);
  if (take_memory) KV_TRY(take_memory(record.total));
  std::string value;
  const ReadView view(writer_->generation(), UINT64_MAX);
  KV_TRY(view.append_bytes(record, 0, record.total, &value));
  return set(key, keep(std::move(value)), {.expires_at_ms = expires_ms, .type = type_of(record)});
}

Result<Written> WriteTransaction::set_from(std::string_view key, const Record& record,
                                           std::uint64_t expires_at_ms,
                                           const TakeMemory& take_memory) {
  const Generation& generation = writer_->generation();
  if (!is_to_be_referred(record.total))
    return set_bytes_of(key, record, expires_at_ms, take_memory);
  const auto pieces = log::refer_to(generation.view(), record);
  if (!pieces) return ReadView::corrupt(record.key(), pieces.error());
  if (pieces->size() > log::kMostReferencePieces) {
    return set_bytes_of(key, record, expires_at_ms, take_memory);
  }
  KV_ASSIGN(const Written written,
            refer(key, type_of(record), keep(log::Reference::encode(*pieces)), record.total,
                  expires_at_ms));
  if (type_of(record) == ValueType::kZset) {
    if (const auto set = generation.sorted_sets().find_kept(record)) know_set(key, *set);
  }
  return written;
}

Status WriteTransaction::set_from(std::string_view key, std::string_view from, std::uint64_t seq,
                                  std::uint64_t total, std::uint64_t expires_at_ms) {
  const Generation& generation = writer_->generation();
  const Found found = generation.find(from, UINT64_MAX);
  if (found.is_corrupt()) return ReadView::corrupt(from, found.broken);
  if (found.record.at) {
    const auto then = log::find_seq(generation.view(), found.record, seq);
    if (!then) return ReadView::corrupt(from, then.error());
    if (then->at && then->seq == seq && then->total == total) {
      KV_TRY(set_from(key, *then, expires_at_ms, {}));
      return {};
    }
  }
  return fail(Code::kConflict, "a compaction has dropped a version that the transaction copies",
              "do it again");
}

Result<bool> WriteTransaction::copy(std::string_view from, std::string_view to,
                                    const TakeMemory& take_memory) {
  KV_TRY(check(to, {}));
  if (const PendingChange* const pending = find_pending(from)) {
    if (!is_there(*pending)) return false;
    return copy_pending(PendingChange(*pending), to, take_memory);
  }
  if (cleared_) return false;
  Record record;
  KV_TRY(ReadView(writer_->generation(), UINT64_MAX).resolve(from, {}, &record));
  if (!record.at) return false;
  KV_TRY(set_from(to, record, record.expires, take_memory));
  return true;
}

// Copies a key that this transaction has written.
Result<bool> WriteTransaction::copy_pending(const PendingChange& from, std::string_view to,
                                            const TakeMemory& take_memory) {
  const log::Change& change = from.change;
  if (change.kind == Kind::kRef) {
    KV_TRY(refer(to, from.type(), change.value, change.raw_size, change.expires));
    if (!from.tail.empty()) KV_TRY(append(to, keep(from.tail), from.type()));
    return true;
  }
  if (change.starts) {
    if (take_memory) KV_TRY(take_memory(change.value.size()));
    KV_TRY(set(to, keep(change.value),
               {.expires_at_ms = from.ttl_ms ? 0 : change.expires,
                .type = from.type(),
                .ttl_ms = from.ttl_ms}));
    return true;
  }
  Record base;
  const log::ChainTail& previous = change.previous;
  if (writer_->generation().view().header(previous.offset, &base) != log::HeaderCheck::kValid) {
    return ReadView::corrupt(
        change.key, {previous.offset, previous.seq, "the key's newest record cannot be read"});
  }
  KV_TRY(set_from(to, base, change.expires, take_memory));
  if (!change.value.empty()) KV_TRY(append(to, keep(change.value), from.type()));
  return true;
}

// Appends bytes [begin, end) of the bytes that an unwritten change refers to.
Status WriteTransaction::append_referred(const log::Change& change, std::uint64_t begin,
                                         std::uint64_t end, std::string* out) const {
  const std::size_t size = out->size();
  out->resize(size + (end - begin));
  const auto done = log::read_referred(writer_->generation().view(), log::Reference(change.value),
                                       change.type, begin, end, out->data() + size);
  if (done) return {};
  out->resize(size);
  return ReadView::corrupt(change.key, done.error());
}

// Appends by a separate record, which add_tails() makes.
Status WriteTransaction::extend_reference(PendingChange* pending, std::string_view value) {
  KV_TRY(check_size(pending->tail.size() + value.size()));
  if (pending->total() > log::kMaxOffset - value.size()) {
    return fail(Code::kTooBig, "the value would pass 256 TiB");
  }
  has_tails_ = true;
  if (!pending->kept) pending->kept = &more().kept.emplace_back();
  pending->tail = pending->kept->append(value);
  return {};
}

void WriteTransaction::add_tails() {
  writer_->assert_held();
  std::vector<PendingChange>& all = writer_->pending();
  const auto has_tail = [](const PendingChange& pending) { return !pending.tail.empty(); };
  const auto tails = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), has_tail));
  if (tails == 0) return;
  std::vector<PendingChange> changes;
  changes.reserve(all.size() + tails);
  for (const PendingChange& pending : all) {
    changes.push_back(pending);
    if (!has_tail(pending)) continue;
    PendingChange& tail = changes.emplace_back();
    tail.change = pending.change;
    tail.change.kind = Kind::kAppend;
    tail.change.starts = false;
    tail.change.value = pending.tail;
    tail.change.raw_size = 0;
    tail.hash = pending.hash;
    tail.ttl_ms = pending.ttl_ms;
    tail.behind = 1;
  }
  all.swap(changes);
}

}  // namespace kvstore
