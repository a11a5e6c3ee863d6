#include "src/transfer/format.h"

#include <algorithm>
#include <array>
#include <utility>

#include "src/base/utf8.h"
#include "src/command/table.h"
#include "src/command/words.h"
#include "src/log/header_page.h"

namespace kvstore::transfer {
namespace {

constexpr std::array<std::pair<std::string_view, Format>, 4> kNames{{
    {"kv", Format::kKv},
    {"jsonl", Format::kJsonl},
    {"csv", Format::kCsv},
    {"resp", Format::kResp},
}};

constexpr std::array<std::pair<std::string_view, Format>, 7> kEndings{{
    {".kv", Format::kKv},
    {".jsonl", Format::kJsonl},
    {".ndjson", Format::kJsonl},
    {".json", Format::kJsonl},
    {".csv", Format::kCsv},
    {".resp", Format::kResp},
    {".aof", Format::kResp},
}};

struct Foreign {
  std::string_view beginning;
  std::string_view what;
  std::string_view hint;
};

constexpr std::array<Foreign, 7> kForeign{{
    {"REDIS", "an RDB file of Redis, which import does not read",
     "redis-cli CONFIG SET aof-use-rdb-preamble no, then redis-cli BGREWRITEAOF, and import the "
     "append-only file"},
    {"\x1f\x8b", "compressed by gzip", "zcat INPUT | kvstore import FILE"},
    {"\x28\xb5\x2f\xfd", "compressed by zstd", "zstdcat INPUT | kvstore import FILE"},
    {"\xfd"
     "7zXZ",
     "compressed by xz", "xzcat INPUT | kvstore import FILE"},
    {"BZh", "compressed by bzip2", "bzcat INPUT | kvstore import FILE"},
    {"\xff\xfe", "UTF-16 text", "iconv -f UTF-16 -t UTF-8 INPUT | kvstore import FILE"},
    {"\xfe\xff", "UTF-16 text", "iconv -f UTF-16 -t UTF-8 INPUT | kvstore import FILE"},
}};

std::string_view first_line(std::string_view text) {
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_csv_header(std::string_view line) {
  while (!line.empty()) {
    const std::size_t comma = std::min(line.find(','), line.size());
    std::string_view name = line.substr(0, comma);
    if (name.size() > 1 && name.front() == '"' && name.back() == '"') {
      name = name.substr(1, name.size() - 2);
    }
    if (name == "key") return true;
    line.remove_prefix(std::min(comma + 1, line.size()));
  }
  return false;
}

bool begins_with_command(std::string_view line) {
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  return command::find_command(word) != nullptr || command::same_word(word, "PEXPIREAT") ||
         command::same_word(word, "PERSIST");
}

Result<Format> format_of_lines(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = first_line(text);
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin != line.npos && line[begin] != '#') {
      if (begins_with_command(line.substr(begin))) return Format::kKv;
      if (is_csv_header(line)) return Format::kCsv;
      return fail(Code::kFormat, "it begins as none of kv, jsonl, csv and resp does",
                  "--format with one of them, if it is one; a CSV's first row names key and value");
    }
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  return Format::kKv;  // the content has only comments
}

}  // namespace

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  names.reserve(std::size(kNames));
  for (const auto& [name, format] : kNames) names.emplace_back(name);
  return names;
}

std::optional<Format> format_of_name(std::string_view name) {
  for (const auto& [known, format] : kNames) {
    if (known == name) return format;
  }
  return std::nullopt;
}

std::optional<Format> format_of_path(std::string_view path) {
  for (const auto& [ending, format] : kEndings) {
    if (path.ends_with(ending)) return format;
  }
  return std::nullopt;
}

Status check_content(std::string_view beginning) {
  for (const auto& [bytes, what, hint] : kForeign) {
    if (beginning.starts_with(bytes)) {
      return fail(Code::kFormat, "it is " + std::string(what), std::string(hint));
    }
  }
  if (log::has_magic(reinterpret_cast<const std::uint8_t*>(beginning.data()), beginning.size())) {
    return fail(Code::kFormat, "it is a kvstore database",
                "kvstore export INPUT | kvstore import FILE");
  }
  return {};
}

Result<Format> format_of_content(std::string_view text) {
  KV_TRY(check_content(text));
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.starts_with('*') || text.starts_with("#TS:")) return Format::kResp;
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  if (text.substr(begin).starts_with('{')) return Format::kJsonl;
  if (text.substr(begin).starts_with('[')) {
    return fail(Code::kFormat, "it is a JSON array; import reads an object a line",
                "jq -c '.[]' INPUT | kvstore import FILE");
  }
  return format_of_lines(text);
}

}  // namespace kvstore::transfer
