#include "src/log/foreign.h"

#include <string_view>

#include <fmt/core.h>

namespace kvstore::log {
namespace {

using namespace std::string_view_literals;

constexpr const char* kCopyAgain =
    "copy it again from where it came from, as binary data; what is here cannot be turned back";

// The effect of text conversions on the magic number, 89 'K' 'V' 'S' CR LF 1A LF.
struct Conversion {
  std::string_view bytes;
  const char* what;
};
constexpr Conversion kConversions[] = {
    {"\x89KVS\r\r\n\x1a\r\n"sv, "its line ends were changed from LF to CRLF"},
    {"\x89KVS\n\x1a\n"sv, "its line ends were changed from CRLF to LF"},
    {"\x89KVS\r\n\x1a\r\n"sv, "its line ends were changed from LF to CRLF"},
    {"\x89KVS\n\n\x1a\n"sv, "its line ends were changed from CR to LF"},
    {"\x89KVS\r\r\x1a\r"sv, "its line ends were changed from LF to CR"},
    {"\tKVS\r\n\x1a\n"sv, "the highest bit of each byte was cleared: it went a 7-bit way"},
    {"\xc2\x89KVS"sv, "it was converted to UTF-8, as if it were text in Latin-1"},
    {"\xe2\x80\xb0KVS"sv, "it was converted to UTF-8, as if it were text in Windows-1252"},
    {"\xef\xbf\xbdKVS"sv, "it was converted to UTF-8, and what is not UTF-8 was replaced"},
    {"\xef\xbb\xbf\x89KVS"sv, "it was given a byte order mark, as if it were text in UTF-8"},
    {"?KVS\r\n"sv, "it was converted to another character set, and what that lacks was replaced by ?"},
    {"KVS\r\n\x1a\n"sv, "its first byte is missing: it was converted as if it were text"},
    {"\x89\0K\0V\0S\0"sv, "it was converted to UTF-16"},
    {"\xff\xfe\x89\0K\0V\0S\0"sv, "it was converted to UTF-16"},
    {"\xff\xfe\x30\x20K\0V\0S\0"sv, "it was converted to UTF-16"},
    {"\xff\xfe\xfd\xffK\0V\0S\0"sv, "it was converted to UTF-16"},
    {"\xfe\xff\0\x89\0K\0V\0S"sv, "it was converted to UTF-16"},
};

// Magic numbers of compressed files; `command` writes their content to standard output.
struct Wrapping {
  std::string_view bytes;
  const char* name;
  const char* command;
};
constexpr Wrapping kWrappings[] = {
    {"\x1f\x8b"sv, "compressed with gzip", "gzip -dc"},
    {"\x28\xb5\x2f\xfd"sv, "compressed with zstd", "zstd -dc"},
    {"\xfd\x37zXZ\0"sv, "compressed with xz", "xz -dc"},
    {"BZh"sv, "compressed with bzip2", "bzip2 -dc"},
    {"\x04\x22\x4d\x18"sv, "compressed with lz4", "lz4 -dc"},
    {"LZIP"sv, "compressed with lzip", "lzip -dc"},
    {"\x1f\x9d"sv, "compressed with compress", "gzip -dc"},
    {"PK\x03\x04"sv, "a zip archive", "unzip -p"},
    {"7z\xbc\xaf\x27\x1c"sv, "a 7-Zip archive", "7z x -so"},
    {"iUtWUw0KGgo"sv, "encoded as base64", "base64 -d"},
};

constexpr Conversion kOthers[] = {
    {"SQLite format 3\0"sv, "a SQLite database"},
    {"REDIS0"sv, "a Redis snapshot (RDB)"},
    {"Salted__"sv, "encrypted by openssl"},
    {"age-encryption.org/"sv, "encrypted by age"},
    {"-----BEGIN PGP"sv, "encrypted or signed by PGP"},
};

Error error_of(const std::string& path, const std::string& what, std::string hint) {
  return {Code::kFormat, fmt::format("{} cannot be read as a kvstore file: {}", path, what),
          std::move(hint)};
}

bool is_tar(std::string_view bytes) { return bytes.size() > 262 && bytes.substr(257, 5) == "ustar"; }

}  // namespace

std::optional<Error> describe_foreign(const std::uint8_t* data, std::uint64_t size,
                                      const std::string& path) {
  const std::string_view bytes(reinterpret_cast<const char*>(data),
                               static_cast<std::size_t>(size < 512 ? size : 512));
  for (const Conversion& conversion : kConversions) {
    if (bytes.starts_with(conversion.bytes)) return error_of(path, conversion.what, kCopyAgain);
  }
  for (const Wrapping& wrapping : kWrappings) {
    if (!bytes.starts_with(wrapping.bytes)) continue;
    return error_of(path, fmt::format("it is {}", wrapping.name),
                    fmt::format("{} {} > NEW, then open NEW", wrapping.command, path));
  }
  if (is_tar(bytes)) {
    return error_of(path, "it is a tar archive", fmt::format("tar -xf {}, then open what was in it", path));
  }
  for (const Conversion& other : kOthers) {
    if (bytes.starts_with(other.bytes)) return error_of(path, fmt::format("it is {}", other.what), "name another file");
  }
  return std::nullopt;
}

}  // namespace kvstore::log
