// Replies that become JSON objects, and lines of names and values as CSV.
#include <algorithm>
#include <string>

#include <fmt/core.h>

#include "repl/render.h"
#include "src/wire/json_writer.h"

namespace kvstore::repl {
namespace {

using command::Reply;

// Whether the text is an integer in JSON, short enough for every reader.
bool is_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool digits =
      !text.empty() && text.size() <= 15 &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && (text.size() == 1 || text.front() != '0');
}

constexpr std::string_view kHeading = "# ";

// Visits lines without their ends, and skips empty ones.
template <class Visit>
void for_each_line(std::string_view text, const Visit& visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) visit(line);
  }
}

void append_member(std::string_view line, bool* first, std::string* out) {
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return;
  if (!*first) *out += ',';
  *first = false;
  wire::append_json(line.substr(0, colon), out);
  *out += ':';
  const std::string_view value = line.substr(colon + 1);
  if (is_integer(value)) {
    *out += value;
  } else {
    wire::append_json(value, out);
  }
}

void append_version(const Reply& row, std::string* out) {
  *out += '{';
  for (std::size_t i = 0; i < row.items.size(); ++i) {
    if (i != 0) *out += ',';
    const bool named = i < kVersionColumns.size();
    wire::append_json(named ? std::string(kVersionColumns[i]) : fmt::format("column{}", i + 1), out);
    *out += ':';
    render_json(row.items[i], out);
  }
  *out += '}';
}

}  // namespace

void render_json_sections(std::string_view text, std::string* out) {
  *out += '{';
  bool in_section = false, first_member = true;
  for_each_line(text, [&](std::string_view line) {
    if (!line.starts_with(kHeading)) return append_member(line, &first_member, out);
    *out += in_section ? "}," : "";
    wire::append_json(line.substr(kHeading.size()), out);
    *out += ":{";
    in_section = first_member = true;
  });
  *out += in_section ? "}}" : "}";
}

void render_csv_sections(std::string_view text, std::string* out) {
  std::string_view section;
  for_each_line(text, [&](std::string_view line) {
    if (line.starts_with(kHeading)) {
      section = line.substr(kHeading.size());
      return;
    }
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return;
    if (!section.empty()) append_csv_field(section, out), *out += ',';
    append_csv_field(line.substr(0, colon), out);
    *out += ',';
    append_csv_field(line.substr(colon + 1), out);
    *out += '\n';
  });
}

void render_json_cursor(const Reply& reply, std::string* out) {
  *out += R"({"cursor":)";
  render_json(reply.items[0], out);
  *out += R"(,"keys":)";
  render_json(reply.items[1], out);
  *out += '}';
}

void render_json_versions(const Reply& reply, std::string* out) {
  *out += '[';
  for (std::size_t i = 0; i < reply.items.size(); ++i) {
    if (i != 0) *out += ',';
    append_version(reply.items[i], out);
  }
  *out += ']';
}

}  // namespace kvstore::repl
