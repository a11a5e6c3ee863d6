// ReadView, Store and Snapshot: what lists keys. All of it walks in their order.
#include <algorithm>

#include "src/store/core.h"
#include "src/store/iterator.h"
#include "src/store/key_range.h"
#include "src/store/open_snapshots.h"
#include "src/store/scan_cursor.h"
#include "src/store/snapshot.h"
#include "src/store/walk.h"

namespace kvstore {
namespace {

// Of a store without a file.
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
Result<std::string> key_of(std::uint64_t cursor, const log::View& view,
                           const RecentCursors& cursors) {
  auto key = key_of_cursor(view, cursor);
  if (key) return key;
  auto former = cursors.find(cursor);
  return former ? Result<std::string>(std::move(*former)) : key;
}

Result<std::uint64_t> noted_cursor(std::uint64_t place, const log::View& view,
                                   RecentCursors* cursors) {
  const std::uint64_t cursor = cursor_of(view, place);
  KV_ASSIGN(std::string key, key_of_cursor(view, cursor));
  cursors->note(number_of_file(view), cursor, std::move(key));
  return cursor;
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
  // Of a record that broke while it was open nobody knows whether its key is counted
  // rightly: a later write may have been taken for the key's first.
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
  const log::View view = pin ? pin->view() : log::View();
  std::optional<std::string> after;
  if (cursor != 0) {
    KV_ASSIGN(after, key_of(cursor, view, core_->cursors()));
  }
  if (!pin) return 0;
  KV_ASSIGN(const std::uint64_t last, pin.view().scan_step(after, count, visit));
  return last == 0 ? 0 : noted_cursor(last, view, &core_->cursors());
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
