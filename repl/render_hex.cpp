#include <fmt/format.h>

#include <iterator>

#include "repl/render.h"

namespace kvstore::repl {
namespace {

constexpr std::size_t kRow = 16;

void append_dump_row(std::string_view row, std::size_t offset, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "{:08x} ", offset);
  for (std::size_t i = 0; i < kRow; ++i) {
    if (i == kRow / 2) *out += ' ';
    if (i < row.size()) {
      fmt::format_to(std::back_inserter(*out), " {:02x}", static_cast<unsigned char>(row[i]));
    } else {
      *out += "   ";
    }
  }
  *out += "  |";
  for (const char byte : row) *out += byte >= 0x20 && byte < 0x7F ? byte : '.';
  *out += "|\n";
}

}  // namespace

void append_hex_dump(std::string_view bytes, std::string_view indent, std::string* out) {
  if (bytes.empty()) *out += "(0 bytes)\n";
  for (std::size_t offset = 0; offset < bytes.size(); offset += kRow) {
    if (offset != 0) *out += indent;
    append_dump_row(bytes.substr(offset, kRow), offset, out);
  }
}

void append_hex(std::string_view bytes, std::string* out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (const char byte : bytes) {
    *out += kDigits[static_cast<unsigned char>(byte) >> 4];
    *out += kDigits[static_cast<unsigned char>(byte) & 15];
  }
}

}  // namespace kvstore::repl
