#include "src/cli/config_file.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/core.h>
#include <toml++/toml.h>

namespace kvstore::cli {
namespace {

constexpr std::size_t kMaxConfig = std::size_t{1} << 20;

Result<std::string> read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    Error error = fail_errno(errno, "read", path).value();
    error.code = Code::kUsage;
    return fail(std::move(error));
  }
  std::string text(kMaxConfig + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxConfig) return fail(Code::kUsage, path + " is larger than 1 MiB");
  return text;
}

// nullopt: it is no value of an option.
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
    auto value = text_of(node);
    if (!value) {
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

}  // namespace

Result<std::vector<ConfigEntry>> read_config_file(const std::string& path) {
  KV_ASSIGN(const std::string text, read_text(path));
  try {
    return entries_of(toml::parse(text, path), path);
  } catch (const toml::parse_error& error) {
    return fail(Code::kUsage,
                fmt::format("{} line {}: {}", path, error.source().begin.line, error.description()),
                "it is TOML: sync = \"100ms\"");
  }
}

}  // namespace kvstore::cli
