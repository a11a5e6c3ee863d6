#include "src/store/scan_cursor.h"

#include <fmt/core.h>

namespace kvstore {
namespace {

constexpr unsigned kPlaceBits = 41, kCheckBits = 22;

std::uint64_t check_of(const log::Binding& binding, std::uint64_t offset) {
  return (binding.header_seed(offset) * 0x9e37'79b9'7f4a'7c15U) >> (64 - kCheckBits);
}

}  // namespace

std::uint64_t number_of_file(const log::View& view) { return view.binding->header_seed(0); }

std::uint64_t cursor_of(const log::View& view, std::uint64_t offset) {
  return check_of(*view.binding, offset) << kPlaceBits | offset >> 3;
}

Result<std::string> key_of_cursor(const log::View& view, std::uint64_t cursor) {
  const std::uint64_t offset = (cursor & ((std::uint64_t{1} << kPlaceBits) - 1)) << 3;
  log::Record record;
  if (view.data && cursor == cursor_of(view, offset) &&
      view.header(offset, &record) == log::HeaderCheck::kValid && record.has_key()) {
    return std::string(record.key());
  }
  return fail(Code::kNumber,
              fmt::format("{} is no cursor that a SCAN of this file has answered", cursor),
              "begin with cursor 0");
}

}  // namespace kvstore
