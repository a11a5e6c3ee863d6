#include "src/maint/known_clears.h"

#include "src/index/index_file.h"

namespace kvstore::maint {

KnownClears::KnownClears(const Source& source) {
  auto sealed = index::read_checkpoint(source.view(), source.page.slot);
  if (!sealed) return;
  clears_ = std::move(sealed->checkpoint.clears);
  covered_ = sealed->checkpoint.covered.end;
  // It has only the newest ones of very many.
  if (clears_.size() == log::Checkpoint::kMostClears) begin_ = clears_.front().offset;
}

// The seqs guard against a checkpoint of another history.
std::vector<log::ClearMark> KnownClears::in(const log::CorruptRange& corrupt) const {
  std::vector<log::ClearMark> lost;
  const bool in_base = corrupt.first_seq == 0;  // it begins in a base, where seqs do not count
  for (const log::ClearMark& clear : clears_) {
    const bool is_there = clear.offset >= corrupt.begin && clear.offset < corrupt.end;
    const std::uint64_t number = clear.seq - corrupt.first_seq;
    if (is_there && clear.seq >= corrupt.first_seq && (in_base || number <= corrupt.missing)) {
      lost.push_back(clear);
    }
  }
  return lost;
}

}  // namespace kvstore::maint
