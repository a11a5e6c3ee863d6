#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "src/base/civil_time.h"
#include "src/base/hash.h"
#include "src/base/quote.h"
#include "src/transfer/writers.h"

namespace kvstore::transfer {
namespace {

// Longer values are written as blocks: nothing in a block is escaped, and no line exceeds the text
// language's limit even if each byte takes four.
constexpr std::size_t kMaxInline = 4096;

// A word that could be a count, an option, a comment or a block's sentinel is quoted.
bool is_safe_word(std::string_view bytes) {
  if (!is_bare_word(bytes)) return false;
  const char first = bytes.front();
  const bool like_number = (first >= '0' && first <= '9') || first == '-' || first == '+';
  return !like_number && first != '#' && !bytes.starts_with("<<");
}

void append_word(std::string_view bytes, std::string* out) {
  if (is_safe_word(bytes)) {
    *out += bytes;
  } else {
    append_quoted(bytes, out);
  }
}

// A word that no line of the value equals.
std::string sentinel_for(std::string_view value) {
  if (value.find("END") == value.npos) return "END";
  for (std::uint64_t number = hash_key(value, 0);; ++number) {
    std::string sentinel = fmt::format("END-{:016x}", number);
    if (value.find(sentinel) == value.npos) return sentinel;
  }
}

void append_option(const Change& change, std::string* out) {
  if (change.kind != Change::Kind::kSet || change.expires_at_ms == 0) return;
  fmt::format_to(std::back_inserter(*out), " PXAT {}", change.expires_at_ms);
}

void write_value(std::string_view command, const Change& change, std::string* out) {
  *out += command;
  append_word(change.key, out);
  if (change.value.size() <= kMaxInline) {
    *out += ' ';
    append_word(change.value, out);
    append_option(change, out);
    *out += '\n';
    return;
  }
  const std::string sentinel = sentinel_for(change.value);
  *out += " <<" + sentinel;
  append_option(change, out);
  *out += '\n';
  *out += change.value;
  *out += '\n' + sentinel + '\n';
}

void write_plain(std::string_view command, const Change& change, std::string* out) {
  *out += command;
  append_word(change.key, out);
  *out += '\n';
}

void write_expiry(const Change& change, std::string* out) {
  if (change.expires_at_ms == 0) return write_plain("PERSIST ", change, out);
  *out += "PEXPIREAT ";
  append_word(change.key, out);
  fmt::format_to(std::back_inserter(*out), " {}\n", change.expires_at_ms);
}

std::size_t write_members(const Change& change, MemberCommands* members, std::string* out) {
  std::size_t commands = 0;
  members->write(change, [&](MemberCommands::Words words) {
    *out += words[0];
    for (const std::string_view word : words.subspan(1)) {
      *out += ' ';
      append_word(word, out);
    }
    *out += '\n';
    ++commands;
  });
  return commands;
}

}  // namespace

std::size_t KvWriter::write(const Change& change, std::string* out) {
  if (change.seq != 0) {
    fmt::format_to(std::back_inserter(*out), "# seq {}, {}, {}\n", change.seq,
                   iso_time(change.time_us), kind_name(change.kind));
  }
  if (change.has_members()) return write_members(change, &members_, out);
  switch (change.kind) {
    case Change::Kind::kAppend:
      write_value("APPEND ", change, out);
      return 1;
    case Change::Kind::kRemove:
      write_plain("DELETE ", change, out);
      return 1;
    case Change::Kind::kClear:
      *out += "FLUSHALL\n";
      return 1;
    case Change::Kind::kExpire:
      write_expiry(change, out);
      return 1;
    case Change::Kind::kLost:
      write_plain("# lost to damage: ", change, out);
      return 0;
    default:
      write_value("SET ", change, out);
      return 1;
  }
}

}  // namespace kvstore::transfer
