#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "src/base/base64.h"
#include "src/base/civil_time.h"
#include "src/base/utf8.h"
#include "src/transfer/times.h"
#include "src/transfer/writers.h"
#include "src/wire/json_writer.h"

namespace kvstore::transfer {
namespace {

// Longer text is escaped in pieces, so that it is in memory once; and where most of it would
// be six bytes for one, it is base64 as binary values are.
constexpr std::size_t kPiece = std::size_t{64} << 10;

bool is_mostly_controls(std::string_view text) {
  const auto controls = std::count_if(text.begin(), text.end(),
                                      [](char c) { return static_cast<unsigned char>(c) < ' '; });
  return static_cast<std::size_t>(controls) > text.size() / 16;
}

void append_long_text(std::string_view text, std::string* out) {
  *out += '"';
  std::string piece;
  while (!text.empty()) {
    const std::string_view next = utf8_prefix(text, kPiece);
    piece.clear();
    wire::append_json(next, &piece);
    out->append(piece, 1, piece.size() - 2);
    text.remove_prefix(next.size());
  }
  *out += '"';
}

void append_bytes(std::string_view bytes, std::string* out) {
  if (bytes.size() <= kPiece) return wire::append_json(bytes, out);
  if (is_utf8(bytes) && !is_mostly_controls(bytes)) return append_long_text(bytes, out);
  *out += R"({"base64":")";
  append_base64(bytes, out);
  *out += R"("})";
}

void append_version(const Change& change, std::string* out) {
  if (change.seq != 0) {
    fmt::format_to(std::back_inserter(*out), R"("seq":{},"time":"{}",)", change.seq,
                   iso_time(change.time_us));
  }
  if (change.seq != 0 || change.kind != Change::Kind::kSet) {
    fmt::format_to(std::back_inserter(*out), R"("kind":"{}",)", kind_name(change.kind));
  }
}

}  // namespace

std::size_t JsonlWriter::write(const Change& change, std::string* out) {
  using Kind = Change::Kind;
  *out += '{';
  append_version(change, out);
  if (change.kind == Kind::kClear) {
    out->back() = '}';
    *out += '\n';
    return 1;
  }
  *out += R"("key":)";
  append_bytes(change.key, out);
  if (change.kind == Kind::kSet || change.kind == Kind::kAppend) {
    if (change.type != ValueType::kString) *out += R"(,"type":"zset")";
    *out += R"(,"value":)";
    append_bytes(change.value, out);
  }
  if (change.kind == Kind::kExpire || (change.kind == Kind::kSet && change.expires_at_ms != 0)) {
    *out += R"(,"expires":)";
    *out += change.expires_at_ms == 0 ? "null" : '"' + expiry_text(change.expires_at_ms) + '"';
  }
  *out += "}\n";
  return 1;
}

}  // namespace kvstore::transfer
