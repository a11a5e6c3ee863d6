#include "repl/render_done.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include <fmt/core.h>

#include "src/base/human.h"
#include "src/command/numbers.h"

namespace kvstore::repl {
namespace {

std::optional<std::string_view> field(std::string_view fields, std::string_view name) {
  while (!fields.empty()) {
    std::string_view line = fields.substr(0, fields.find('\n'));
    fields.remove_prefix(std::min(line.size() + 1, fields.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(name) && line.substr(name.size()).starts_with(':')) {
      return line.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number(std::string_view fields, std::string_view name) {
  const auto text = field(fields, name);
  return text ? command::parse_unsigned(*text) : std::nullopt;
}

std::string seconds(std::uint64_t ms) {
  return fmt::format("{:.1f} s", static_cast<double>(ms) / 1e3);
}

}  // namespace

bool render_compacted(std::string_view fields, std::string* out) {
  const auto size = number(fields, "new_size"), old = number(fields, "old_size"),
             floor = number(fields, "floor_seq"), ms = number(fields, "last_took_ms");
  if (!size || !old || !floor || !ms) return false;
  *out += fmt::format("OK: {}, was {}, in {}; ", human_size(*size), human_size(*old), seconds(*ms));
  *out += *floor == 0 ? "all history is kept: COMPACT KEEP none drops it\n"
                      : fmt::format("history before version {} is gone\n", *floor);
  return true;
}

bool render_backed_up(std::string_view fields, std::string* out) {
  const auto path = field(fields, "path");
  const auto size = number(fields, "size"), seq = number(fields, "seq"),
             ms = number(fields, "took_ms"), since = number(fields, "since"),
             writes = number(fields, "writes");
  if (!path || !size || !seq || !ms) return false;
  *out += fmt::format("OK: {}: {}, ", *path, human_size(*size));
  if (since && writes) {
    *out += fmt::format("{} after version {} ", plural(*writes, "write"), *since);
  }
  *out += fmt::format("up to version {}, in {}\n", *seq, seconds(*ms));
  return true;
}

}  // namespace kvstore::repl
