// Replies as people and scripts see them (the last columns of the reply table
// in docs/COMMANDS.md). Errors are not rendered here: they go to stderr, see
// repl/report.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "repl/reply_shape.h"
#include "src/command/reply.h"

namespace kvstore::repl {

enum class Mode { kPlain, kQuoted, kHex, kJson, kCsv };

std::optional<Mode> parse_mode(std::string_view name);
std::string_view mode_name(Mode mode);
inline constexpr std::string_view kModeNames = "plain, quoted, hex, json, csv";

struct Look {
  Mode mode = Mode::kPlain;
  // A person at the prompt: OK, (integer) 3, (nil), numbered arrays. Otherwise a
  // script: nothing, 3, an empty line, one item a line.
  bool prompt = false;
  // The bytes reach a terminal, so binary is never sent raw, whatever the mode.
  bool terminal = false;
  // Scripts: a newline after each value. Off: exactly the bytes.
  bool newline = true;
  // Scripts: exactly one line a reply, also for OK and errors (render_ack.cpp).
  bool ack = false;
  // Scripts: what a missing key or value is shown as; JSON has null for it.
  std::optional<std::string> nil = std::nullopt;
  // At the prompt: of the screen. Prose is broken into lines of so many, tables may be shortened.
  std::size_t width = 80;
};

// Appends the reply, with its final newline, to *out. An error on its own
// appends nothing, unless with `ack`; one inside an array appears as (error) CODE message.
void render(const command::Reply& reply, const Look& look, std::string* out,
            Shape shape = Shape::kData);

// The parts, one a file; `render` chooses. Each appends to *out.
void render_prompt(const command::Reply& reply, Mode mode, std::string* out);
void render_script(const command::Reply& reply, Mode mode, const Look& look, std::string* out);
void render_json(const command::Reply& reply, std::string* out);
void render_ack(const command::Reply& reply, const Look& look, std::string* out);
// Without its newline.
void append_ack_error(const Error& error, const Look& look, std::string* out);
// An item of an array, as render_prompt() shows it: `number` in `width` columns stands before it.
void render_numbered(const command::Reply& item, Mode mode, std::uint64_t number, std::size_t width,
                     std::string* out);
// {"Store":{"keys":3,...},...} of STATS, {"rate":"off",...} without headings;
// [{"seq":3,...},...] of HISTORY; {"cursor":"0","keys":[...]} of SCAN.
void render_json_sections(std::string_view text, std::string* out);
void render_json_versions(const command::Reply& reply, std::string* out);
void render_json_cursor(const command::Reply& reply, std::string* out);
void render_csv(const command::Reply& reply, const Look& look, std::string* out);
// A row for each line: section,name,value, or name,value without headings.
void render_csv_sections(std::string_view text, std::string* out);

// Sixteen bytes a line: offset, hex digits, printable characters.
void append_hex_dump(std::string_view bytes, std::string_view indent, std::string* out);
void append_hex(std::string_view bytes, std::string* out);
// An error among the items of an array.
std::string error_field(const Error& error);
// A key or a value as a cell of a table.
std::string shown_cell(const command::Reply& item, const Look& look);
// A CSV field after RFC 4180: quoted if it holds a comma, a quote, CR or LF.
void append_csv_field(std::string_view bytes, std::string* out);

}  // namespace kvstore::repl
