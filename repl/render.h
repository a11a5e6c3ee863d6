// Formats replies for people and scripts (the last columns of the reply table in docs/COMMANDS.md).
// Errors go to stderr, see repl/report.h.
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
  // For the prompt: OK, (integer) 3, (nil), numbered arrays. Otherwise for scripts: nothing, 3, an
  // empty line, one item a line.
  bool prompt = false;
  // The output is a terminal, to which binary data is never sent unescaped, whatever the mode.
  bool terminal = false;
  // Scripts: a newline after each value. false: exactly the bytes.
  bool newline = true;
  // Scripts: exactly one line for each reply, also for OK and errors (render_ack.cpp).
  bool ack = false;
  // Scripts: the text for a missing key or value; JSON uses null.
  std::optional<std::string> nil = std::nullopt;
  // Prompt: the width of the screen. Prose is wrapped to it, and tables may be shortened.
  std::size_t width = 80;
};

// Appends the reply, with its final newline, to *out. An error itself appends nothing, except with
// `ack`; one within an array appears as (error) CODE message.
void render(const command::Reply& reply, const Look& look, std::string* out,
            Shape shape = Shape::kData);

// The formats, one in each file; `render` chooses. Each appends to *out.
void render_prompt(const command::Reply& reply, Mode mode, std::string* out);
void render_script(const command::Reply& reply, Mode mode, const Look& look, std::string* out);
void render_json(const command::Reply& reply, std::string* out);
void render_ack(const command::Reply& reply, const Look& look, std::string* out);
// Without a newline.
void append_ack_error(const Error& error, const Look& look, std::string* out);
// An item of an array in the form of render_prompt(), after its `number` in `width` columns.
void render_numbered(const command::Reply& item, Mode mode, std::uint64_t number, std::size_t width,
                     std::string* out);
// {"Store":{"keys":3,...},...} for STATS, {"rate":"off",...} without headings; [{"seq":3,...},...]
// for HISTORY; {"cursor":"0","keys":[...]} for SCAN.
void render_json_sections(std::string_view text, std::string* out);
void render_json_versions(const command::Reply& reply, std::string* out);
void render_json_cursor(const command::Reply& reply, std::string* out);
void render_csv(const command::Reply& reply, const Look& look, std::string* out);
// A row for each line: section,name,value, or name,value without headings.
void render_csv_sections(std::string_view text, std::string* out);

// Sixteen bytes on a line: offset, hex digits, printable characters.
void append_hex_dump(std::string_view bytes, std::string_view indent, std::string* out);
void append_hex(std::string_view bytes, std::string* out);
// An error within an array.
std::string error_field(const Error& error);
// A key or value as a cell of a table.
std::string shown_cell(const command::Reply& item, const Look& look);
// A CSV field by RFC 4180: quoted if it contains a comma, a quote, CR or LF.
void append_csv_field(std::string_view bytes, std::string* out);

}  // namespace kvstore::repl
