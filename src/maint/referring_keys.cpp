#include "src/maint/referring_keys.h"

#include <vector>

#include "src/log/chain.h"
#include "src/maint/losses.h"
#include "src/maint/pieces.h"
#include "src/maint/referred_bytes.h"

namespace kvstore::maint {
namespace {

using log::Record;

struct Unread {
  std::uint64_t bytes = 0, first = 0;
};

// What is not reported where the REF is: pieces with missing targets are.
Unread find_unread(const log::View& view, const Record& reference) {
  Unread unread;
  const std::vector<Piece> pieces = pieces_of(view, reference);
  auto piece = pieces.begin();
  for_referred(view, reference, 0, [&](std::uint64_t begin, std::uint64_t end, bool is_good) {
    while (piece->end <= begin) ++piece;
    if (is_good || !piece->good) return;  // a range of lost bytes begins where its piece does
    if (unread.bytes == 0) unread.first = begin;
    unread.bytes += end - begin;
  });
  return unread;
}

}  // namespace

void find_referred_loss(const log::View& view, const Record& newest,
                        const std::function<void(Loss)>& lose) {
  const bool may_refer = newest.total > 0 && newest.kind != log::Kind::kSet &&
                         newest.kind != log::Kind::kDelete && newest.kind != log::Kind::kHole;
  if (!may_refer) return;
  const auto first = log::find_own_byte(view, newest, 0);
  // A damaged REF was reported already.
  if (!first || !first->is_reference() || !log::body_is_valid(*first, *view.binding)) return;
  const Unread unread = find_unread(view, *first);
  if (unread.bytes == 0) return;
  Loss loss = gap_at(*first);
  loss.in_place = true;
  loss.is_referred = true;
  loss.starts = true;
  loss.lost_size = unread.bytes;
  loss.position = unread.first;
  loss.total = newest.total;
  lose(std::move(loss));
}

}  // namespace kvstore::maint
