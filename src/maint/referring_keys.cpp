#include "src/maint/referring_keys.h"

#include <algorithm>
#include <string>

#include "src/log/chain.h"
#include "src/log/reference.h"
#include "src/maint/losses.h"

namespace kvstore::maint {
namespace {

using log::Record;

constexpr std::uint64_t kChunk = std::uint64_t{1} << 20;

class Reader {
 public:
  Reader(const log::View& view, const Record& reference) : view_(view), reference_(reference) {}

  // Bytes that cannot be read are counted in steps of a checksum's block.
  void read() {
    for (std::uint64_t at = 0; at < reference_.total; at += kChunk) {
      const std::uint64_t end = std::min(reference_.total, at + kChunk);
      if (is_good(at, end)) continue;
      for (std::uint64_t block = at; block < end; block += log::kBlockSize) {
        const std::uint64_t until = std::min(end, block + log::kBlockSize);
        if (!is_good(block, until)) note(block, until);
      }
    }
  }
  std::uint64_t lost() const { return lost_; }
  std::uint64_t first() const { return first_; }

 private:
  bool is_good(std::uint64_t begin, std::uint64_t end) {
    bytes_.clear();
    return log::read_bytes(view_, reference_, begin, end, &bytes_).has_value();
  }
  void note(std::uint64_t begin, std::uint64_t end) {
    if (lost_ == 0) first_ = begin;
    lost_ += end - begin;
  }

  const log::View& view_;
  const Record& reference_;
  std::string bytes_;
  std::uint64_t lost_ = 0, first_ = 0;
};

}  // namespace

void find_referred_loss(const log::View& view, const Record& newest,
                        const std::function<void(Loss)>& lose) {
  const bool may_refer = newest.total > 0 && newest.kind != log::Kind::kSet &&
                         newest.kind != log::Kind::kDelete && newest.kind != log::Kind::kHole;
  if (!may_refer) return;
  const auto first = log::find_own_byte(view, newest, 0);
  // One that is damaged itself has been told of.
  if (!first || !first->is_reference() || log::check_reference(view, *first)) return;
  Reader reader(view, *first);
  reader.read();
  if (reader.lost() == 0) return;
  Loss loss = gap_at(*first);
  loss.in_place = true;
  loss.is_referred = true;
  loss.starts = true;
  loss.lost_size = reader.lost();
  loss.position = reader.first();
  loss.total = newest.total;
  lose(std::move(loss));
}

}  // namespace kvstore::maint
