#include "src/log/foreign.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "src/log/header_page.h"
#include "src/log/identity.h"
#include "src/log/log.h"

using namespace kvstore;

namespace {

std::string database() { return log::Log::new_file(log::random_id(), log::Id{}); }

std::string told(const std::string& bytes) {
  const auto page = log::read_header_page(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                          bytes.size(), "data.bin");
  if (page) return "a database";
  CHECK(page.error().code == Code::kFormat);
  return page.error().message;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

std::string replaced(std::string bytes, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = bytes.find(from, at)) != bytes.npos; at += to.size()) {
    bytes.replace(at, from.size(), to);
  }
  return bytes;
}

std::string latin1_to_utf8(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | byte >> 6);
      out += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return out;
}

std::string without_high_bits(std::string bytes) {
  for (char& c : bytes) c = static_cast<char>(c & 0x7F);
  return bytes;
}

}  // namespace

TEST_CASE("a database that was converted as if it were text is told as that") {
  const std::string bytes = database();
  CHECK(told(bytes) == "a database");
  CHECK(has(told(replaced(bytes, "\n", "\r\n")), "from LF to CRLF"));
  CHECK(has(told(replaced(replaced(bytes, "\r\n", "\n"), "\n", "\r\n")), "from LF to CRLF"));
  CHECK(has(told(replaced(bytes, "\r\n", "\n")), "from CRLF to LF"));
  CHECK(has(told(replaced(bytes, "\r", "\n")), "from CR to LF"));
  CHECK(has(told(replaced(bytes, "\n", "\r")), "from LF to CR"));
  CHECK(has(told(without_high_bits(bytes)), "7-bit"));
  CHECK(has(told(latin1_to_utf8(bytes)), "UTF-8"));
  CHECK(has(told(replaced(bytes, "\x89", "\xEF\xBF\xBD")), "UTF-8"));
  CHECK(has(told("\xEF\xBB\xBF" + bytes), "byte order mark"));
  CHECK(has(told(replaced(bytes, "\x89", "?")), "character set"));
}

TEST_CASE("a compressed file is told as that however short it is, with how to open it") {
  const auto error = [](const std::string& bytes) {
    return *log::describe_foreign(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
                                  "data.bin");
  };
  CHECK(has(told("\x1f\x8b\x08 and so on"), "gzip"));
  CHECK(error("\x1f\x8b").hint == "gzip -dc data.bin > NEW, then open NEW");
  CHECK(has(told("\x28\xb5\x2f\xfd" + std::string(5000, 'z')), "zstd"));
  CHECK(has(told(std::string("\xfd\x37zXZ\0", 6)), "xz"));
  CHECK(has(told("BZh91AY"), "bzip2"));
  CHECK(has(told("PK\x03\x04"), "zip"));
  CHECK(has(told("iUtWUw0KGgoAAAA"), "base64"));
  CHECK(has(told(std::string("SQLite format 3\0", 16)), "SQLite"));
  CHECK(has(told("REDIS0009"), "Redis"));
  CHECK(has(told(std::string(257, 'n') + "ustar\0" + std::string(5000, '\0')), "tar"));
}

TEST_CASE("bytes that tell nothing are not taken for anything") {
  const auto nothing = [](const std::string& bytes) {
    return !log::describe_foreign(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), "d");
  };
  CHECK(nothing(""));
  CHECK(nothing("\x1f"));
  CHECK(nothing(std::string(4096, '\0')));
  CHECK(nothing("hello"));
  CHECK(nothing(database()));
}
