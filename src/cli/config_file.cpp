#include "src/cli/config_file.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/core.h>
#include <toml++/toml.h>

#include "server/acl_file.h"
#include "src/base/small_file.h"

namespace kvstore::cli {
namespace {

constexpr std::size_t kMaxConfig = std::size_t{1} << 20;

Result<std::string> read_text(const std::string& path, FileKind kind) {
  auto text = read_small_file(path, kMaxConfig, kind);
  if (!text) {
    Error error = text.error();
    error.code = Code::kUsage;
    return fail(std::move(error));
  }
  if (text->size() > kMaxConfig) return fail(Code::kUsage, path + " is larger than 1 MiB");
  return text;
}

// nullopt: it cannot be the value of an option.
std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* const text = node.as_string()) return text->get();
  if (const auto* const number = node.as_integer()) return std::to_string(number->get());
  if (const auto* const number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* const flag = node.as_boolean()) return flag->get() ? "true" : "false";
  return std::nullopt;
}

std::size_t line_of(const toml::node& node) { return node.source().begin.line; }

Result<std::vector<ConfigEntry>> entries_of(const toml::table& table, const std::string& path) {
  std::vector<ConfigEntry> entries;
  for (const auto& [key, node] : table) {
    if (node.is_table()) {
      return fail(Code::kUsage,
                  fmt::format("{} line {}: there are no sections such as [{}]", path, line_of(node),
                              key.str()),
                  "the options alone, a line each: sync = \"100ms\"");
    }
    auto value = text_of(node);
    // A word of a command line cannot contain a NUL either.
    if (!value || value->find('\0') != std::string::npos) {
      return fail(Code::kUsage,
                  fmt::format("{} line {}: '{}' has no value that an option could have", path,
                              line_of(node), key.str()),
                  "sync = \"100ms\"");
    }
    entries.push_back({std::string(key.str()), std::move(*value), line_of(node)});
  }
  std::sort(entries.begin(), entries.end(),
            [](const ConfigEntry& a, const ConfigEntry& b) { return a.line < b.line; });
  return entries;
}

Result<toml::table> parse_table(const std::string& text, const std::string& path) {
  try {
    return toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    return fail(Code::kUsage,
                fmt::format("{} line {}: {}", path, error.source().begin.line, error.description()),
                "it is TOML: sync = \"100ms\"");
  }
}

// The offset of a position in `text`, whose columns count characters.
std::size_t offset_of(std::string_view text, const toml::source_position& place) {
  std::size_t at = 0;
  for (std::uint32_t line = 1; line < place.line; ++line) at = text.find('\n', at) + 1;
  for (std::uint32_t column = 1; column < place.column && at < text.size(); ++column) {
    ++at;
    while (at < text.size() && (text[at] & 0xC0) == 0x80) ++at;  // the rest of a character
  }
  return at;
}

Status set_key(const std::string& path, const std::string& name, const std::string& value,
               std::string* text) {
  KV_ASSIGN(const toml::table table, parse_table(*text, path));
  if (const toml::node* const node = table.get(name)) {
    const std::size_t begin = offset_of(*text, node->source().begin);
    const std::size_t end = offset_of(*text, node->source().end);
    text->replace(begin, end - begin, toml_value(value));
  } else {
    if (!text->empty() && text->back() != '\n') *text += '\n';
    *text += fmt::format("{} = {}\n", name, toml_value(value));
  }
  // Refuse rather than write a wrong change.
  KV_ASSIGN(const toml::table changed, parse_table(*text, path));
  const toml::node* const now = changed.get(name);
  if (now != nullptr && text_of(*now) == value && changed.size() >= table.size()) return {};
  return fail(Code::kUsage, fmt::format("{}: the line of '{}' cannot be rewritten", path, name),
              fmt::format("{} = {}, in a line of its own", name, toml_value(value)));
}

}  // namespace

Result<std::vector<ConfigEntry>> read_config_file(const std::string& path) {
  KV_ASSIGN(const std::string text, read_text(path, FileKind::kAny));
  KV_ASSIGN(const toml::table table, parse_table(text, path));
  return entries_of(table, path);
}

Status rewrite_config_file(const std::string& path,
                           const std::vector<std::pair<std::string, std::string>>& settings) {
  KV_ASSIGN(std::string text, read_text(path, FileKind::kRegular));
  for (const auto& [name, value] : settings) KV_TRY(set_key(path, name, value, &text));
  return server::replace_small_file(path, text);
}

std::string toml_string(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      text += fmt::format("\\u{:04X}", byte);
      continue;
    }
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

std::string toml_value(const std::string& value) {
  const bool is_number =
      !value.empty() &&
      value.find_first_not_of("0123456789", value[0] == '-') == std::string::npos && value != "-";
  return is_number ? value : toml_string(value);
}

}  // namespace kvstore::cli
