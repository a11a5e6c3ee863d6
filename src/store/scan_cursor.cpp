#include "src/store/scan_cursor.h"

namespace kvstore {
namespace {

constexpr unsigned kPlaceBits = 41, kCheckBits = 19;

std::uint64_t check_of(const log::Binding& binding, std::uint64_t offset) {
  return (binding.header_seed(offset) * 0x9e37'79b9'7f4a'7c15U) >> (64 - kCheckBits);
}

}  // namespace

std::uint64_t cursor_of(const log::View& view, std::uint64_t offset, unsigned restarts) {
  const std::uint64_t check = check_of(*view.binding, offset);
  return (restarts * (std::uint64_t{1} << kCheckBits) + check) << kPlaceBits | offset >> 3;
}

unsigned restarts_of(std::uint64_t cursor) {
  return static_cast<unsigned>(cursor >> (kPlaceBits + kCheckBits)) & kMostRestarts;
}

std::uint64_t step_length(std::uint64_t cursor, std::uint64_t count) {
  const unsigned shift = 4 * restarts_of(cursor);
  return count > UINT64_MAX >> shift ? UINT64_MAX : count << shift;
}

std::optional<std::string> key_of_cursor(const log::View& view, std::uint64_t cursor) {
  const std::uint64_t offset = (cursor & ((std::uint64_t{1} << kPlaceBits) - 1)) << 3;
  log::Record record;
  if (view.data && cursor == cursor_of(view, offset, restarts_of(cursor)) &&
      view.header(offset, &record) == log::HeaderCheck::kValid && record.has_key()) {
    return std::string(record.key());
  }
  return std::nullopt;
}

}  // namespace kvstore
