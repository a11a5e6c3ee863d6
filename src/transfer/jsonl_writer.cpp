#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "src/base/base64.h"
#include "src/base/civil_time.h"
#include "src/base/utf8.h"
#include "src/command/numbers.h"
#include "src/transfer/times.h"
#include "src/transfer/writers.h"
#include "src/wire/json_writer.h"

namespace kvstore::transfer {
namespace {

// Longer text is escaped in pieces, so that memory holds it only once. Text that would mostly
// become
// six bytes for each byte is written as base64, as binary values are.
constexpr std::size_t kPiece = std::size_t{64} << 10;
// After this many bytes the remaining members go on a line of their own.
constexpr std::size_t kLongLine = std::size_t{16} << 20;

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

// Writes seq, time, kind and key.
void begin_line(const Change& change, std::string* out) {
  *out += '{';
  append_version(change, out);
  *out += R"("key":)";
  append_bytes(change.key, out);
}

void append_expiry(std::uint64_t at_ms, std::string* out) {
  *out += R"(,"expires":)";
  *out += at_ms == 0 ? "null" : '"' + expiry_text(at_ms) + '"';
}

// Writes the score exactly. JSON has no infinite numbers, and many programs read -0 as 0.
void append_score(double score, std::string* out) {
  if (std::isinf(score)) {
    *out += score > 0 ? R"("inf")" : R"("-inf")";
  } else {
    *out += score == 0 && std::signbit(score) ? "-0.0" : command::real_text(score);
  }
}

void append_member(const MemberChange& member, std::string* out) {
  *out += '[';
  append_bytes(member.name, out);
  *out += ',';
  if (member.score) {
    append_score(*member.score, out);
  } else {
    *out += "null";
  }
  *out += ']';
}

// Writes a sorted set's members as lines. The first line is of the change's kind and has the
// expiry.
class MemberLines {
 public:
  MemberLines(const Change& change, std::string* out) : change_(change), out_(*out) {}

  void add(const MemberChange& member) {
    if (is_open_ && out_.size() - begin_ >= kLongLine) end();
    if (!is_open_) begin();
    if (out_.back() != '[') out_ += ',';
    append_member(member, &out_);
  }
  std::size_t finish() {
    if (is_open_) end();
    return lines_;
  }

 private:
  void begin() {
    begin_ = out_.size();
    is_open_ = true;
    ++lines_;
    begin_line(change_, &out_);
    out_ += R"(,"type":"zset","members":[)";
  }
  void end() {
    out_ += ']';
    if (change_.kind == Change::Kind::kSet && change_.expires_at_ms != 0) {
      append_expiry(change_.expires_at_ms, &out_);
    }
    out_ += "}\n";
    is_open_ = false;
    change_.kind = Change::Kind::kAppend;
  }

  Change change_;
  std::string& out_;
  std::size_t begin_ = 0, lines_ = 0;
  bool is_open_ = false;
};

}  // namespace

std::size_t JsonlWriter::write_members(const Change& change, std::string* out) {
  Change first = change;
  if (first.kind == Change::Kind::kSet) is_begun_ = false;
  if (!is_begun_) first.kind = Change::Kind::kSet;
  MemberLines lines(first, out);
  pieces_.take(change, [&](const MemberChange& member) { lines.add(member); });
  const std::size_t count = lines.finish();
  is_begun_ |= count > 0;
  return count;
}

std::size_t JsonlWriter::write(const Change& change, std::string* out) {
  using Kind = Change::Kind;
  if (change.has_members()) return write_members(change, out);
  if (change.kind == Kind::kClear) {
    *out += '{';
    append_version(change, out);
    out->back() = '}';
    *out += '\n';
    return 1;
  }
  begin_line(change, out);
  if (change.kind == Kind::kSet || change.kind == Kind::kAppend) {
    *out += R"(,"value":)";
    append_bytes(change.value, out);
  }
  if (change.kind == Kind::kExpire || (change.kind == Kind::kSet && change.expires_at_ms != 0)) {
    append_expiry(change.expires_at_ms, out);
  }
  *out += "}\n";
  return 1;
}

}  // namespace kvstore::transfer
