// ReadView, Store and Snapshot: calls that list keys, all by walks in key order.
#include <algorithm>

#include <fmt/core.h>

#include "src/store/core.h"
#include "src/store/iterator.h"
#include "src/store/key_range.h"
#include "src/store/open_snapshots.h"
#include "src/store/scan_cursor.h"
#include "src/store/snapshot.h"
#include "src/store/walk.h"

namespace kvstore {
namespace {

// The iterator of a store without a file.
class NoKeys final : public Iterator {
 public:
  void seek(std::string_view) override {}
  void seek_before(std::string_view) override {}
  void first() override {}
  void last() override {}
  void next() override {}
  void prev() override {}
  bool valid() const override { return false; }
  const Status& status() const override { return status_; }
  std::string_view key() const override { return {}; }
  Result<std::string_view> value() override { return std::string_view(); }
  Result<KeyInfo> info() override { return KeyInfo{}; }

 private:
  Status status_;
};

// Of this file, or of one that it has taken the place of.
std::optional<std::string> key_of(std::uint64_t cursor, const log::View& view,
                                  RecentCursors& cursors) {
  auto key = cursors.use(cursor);
  return key ? std::move(key) : key_of_cursor(view, cursor);
}

// How often a list has begun anew whose cursor this is, and `is_lost` if it does so now.
Result<unsigned> count_restarts(std::uint64_t cursor, bool is_lost) {
  const unsigned before = restarts_of(cursor);
  if (!is_lost) return before;
  if (before < kMostRestarts) return before + 1;
  return fail(Code::kNumber,
              fmt::format("where the cursor {} leads is not known any more, and its list has begun "
                          "anew {} times already",
                          cursor, kMostRestarts),
              "begin with cursor 0");
}

}  // namespace

// --- ReadView

Status ReadView::scan(std::string_view prefix, std::optional<std::string_view> after,
                      std::uint64_t limit,
                      const std::function<bool(std::string_view)>& visit) const {
  IteratorOptions options{.prefix = std::string(prefix), .keys_only = true};
  if (after) options.lower = key_after(*after);
  KV_ASSIGN(const auto keys, Walk::begin(*this, options));
  keys->first();
  for (; limit > 0 && keys->valid() && visit(keys->key()); --limit) keys->next();
  return keys->status();
}

Result<std::uint64_t> ReadView::scan_step(
    std::optional<std::string_view> after, std::uint64_t count,
    const std::function<void(std::string_view)>& visit) const {
  IteratorOptions options{.keys_only = true};
  if (after) options.lower = key_after(*after);
  KV_ASSIGN(const auto keys, Walk::begin(*this, options));
  return keys->step(std::max<std::uint64_t>(count, 1), visit);
}

Result<std::uint64_t> ReadView::count() const {
  KV_TRY(listable());
  // For a record that became unreadable while the file was open it is not known whether its key is
  // counted correctly: a later write may have been taken for the key's first.
  if (const std::uint64_t broken = generation_->damage().seen()) return damaged_list(broken);
  if (const auto live = generation_->clock().live_keys()) return *live;
  std::uint64_t live = 0;
  KV_TRY(scan({}, std::nullopt, UINT64_MAX, [&](std::string_view) { return ++live > 0; }));
  return live;
}

// --- Store

Result<std::unique_ptr<Iterator>> Store::iterator(const IteratorOptions& options) {
  KV_TRY(core_->freshen());
  const Pin pin = core_->pin();
  if (!pin) return std::make_unique<NoKeys>();
  return Walk::begin(pin.view(), options);
}

Status Store::scan(std::string_view prefix, std::optional<std::string_view> after,
                   std::uint64_t limit, const std::function<bool(std::string_view)>& visit) {
  KV_TRY(core_->freshen());
  const Pin pin = core_->pin();
  return pin ? pin.view().scan(prefix, after, limit, visit) : Status{};
}

Result<std::uint64_t> Store::scan_step(std::uint64_t cursor, std::uint64_t count,
                                       const std::function<void(std::string_view)>& visit) {
  KV_TRY(core_->freshen());
  const Pin pin = core_->pin();
  if (!pin) return 0;
  std::optional<std::string> after;
  if (cursor != 0) after = key_of(cursor, pin->view(), core_->cursors());
  KV_ASSIGN(const unsigned restarts, count_restarts(cursor, cursor != 0 && !after));
  KV_ASSIGN(const std::uint64_t last, pin.view().scan_step(after, count, visit));
  if (last == 0) return 0;
  const log::View view = pin->view();  // the record may have been written during the step
  const std::uint64_t next = cursor_of(view, last, restarts);
  auto key = key_of_cursor(view, next);
  if (!key) return pin.view().damaged_list(last);
  core_->cursors().note(next, std::move(*key));
  return next;
}

Result<std::uint64_t> Store::count() {
  KV_TRY(core_->freshen());
  const Pin pin = core_->pin();
  if (!pin) return 0;
  return pin.view().count();
}

// --- Snapshot

Result<std::unique_ptr<Iterator>> Snapshot::iterator(const IteratorOptions& options) const {
  KV_TRY(SnapshotPin::check(*state_));
  const SnapshotPin pin(*state_);
  if (!pin) return std::make_unique<NoKeys>();
  return Walk::begin(pin.view(), options);
}

}  // namespace kvstore
