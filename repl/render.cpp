#include "repl/render.h"

#include <array>
#include <string>
#include <utility>

#include "repl/change_rows.h"
#include "repl/pair_rows.h"
#include "repl/quote.h"
#include "repl/render_done.h"
#include "repl/render_help.h"
#include "repl/render_versions.h"
#include "src/base/clock.h"
#include "src/base/quote.h"
#include "src/command/numbers.h"
#include "src/wire/json_writer.h"

namespace kvstore::repl {
namespace {

constexpr std::array<std::pair<std::string_view, Mode>, 5> kModes{{{"plain", Mode::kPlain},
                                                                   {"quoted", Mode::kQuoted},
                                                                   {"hex", Mode::kHex},
                                                                   {"json", Mode::kJson},
                                                                   {"csv", Mode::kCsv}}};

}  // namespace

std::optional<Mode> parse_mode(std::string_view name) {
  for (const auto& [known, mode] : kModes) {
    if (known == name) return mode;
  }
  return std::nullopt;
}

std::string_view mode_name(Mode mode) {
  for (const auto& [name, known] : kModes) {
    if (known == mode) return name;
  }
  return "plain";
}

namespace {

using Kind = command::Reply::Kind;

bool is_cursor(const command::Reply& reply) {
  return reply.kind == Kind::kArray && reply.items.size() == 2 &&
         reply.items[1].kind == Kind::kArray;
}

bool has_fields(Shape shape) {
  return shape == Shape::kSections || shape == Shape::kCompacted || shape == Shape::kBackedUp;
}

void render_json_shaped(const command::Reply& reply, Shape shape, std::string* out) {
  if (has_fields(shape) && reply.kind == Kind::kValue) {
    render_json_sections(reply.text, out);
  } else if (shape == Shape::kVersions && reply.kind == Kind::kArray) {
    render_json_versions(reply, out);
  } else if (shape == Shape::kCursor && is_cursor(reply)) {
    render_json_cursor(reply, out);
  } else {
    render_json(reply, out);
  }
  *out += '\n';
}

void render_pairs(const command::Reply& reply, const Look& look, Shape shape, std::string* out) {
  PairRows rows(look, PairRows::names_of(shape), out);
  for (const command::Reply& item : reply.items) rows.add(item);
  rows.finish();
}

void render_changes(const command::Reply& reply, const Look& look, std::string* out) {
  ChangeRows rows(look, now_us(), out);
  for (const command::Reply& item : reply.items) rows.add(item);
  rows.finish();
}

// Renders arrays with a form of their own. False: this is none.
bool render_as_rows(const command::Reply& reply, const Look& look, Shape shape, std::string* out) {
  if (reply.kind != Kind::kArray) return false;
  if (shape == Shape::kPairs || shape == Shape::kScores) {
    render_pairs(reply, look, shape, out);
    return true;
  }
  if (shape == Shape::kChanges) {
    render_changes(reply, look, out);
    return true;
  }
  return false;
}

bool render_done(const command::Reply& reply, Shape shape, std::string* out) {
  if (reply.kind != Kind::kValue) return false;
  if (shape == Shape::kCompacted) return render_compacted(reply.text, out);
  return shape == Shape::kBackedUp && render_backed_up(reply.text, out);
}

bool is_queued(const command::Reply& reply) {
  return reply.kind == Kind::kStatus && reply.text == "QUEUED";
}

// NIL means that nothing was done. Scripts get only data, so nothing is written for it.
bool is_no_change(const command::Reply& reply, Shape shape) {
  return (shape == Shape::kWritten || shape == Shape::kRestored) && reply.kind == Kind::kMissing;
}

void render_csv_shaped(const command::Reply& reply, const Look& look, Shape shape,
                       std::string* out) {
  if (has_fields(shape) && reply.kind == Kind::kValue) {
    return render_csv_sections(reply.text, out);
  }
  render_csv(reply, look, out);
}

// For the modes plain, quoted and hex; help in any mode.
void render_text(const command::Reply& reply, const Look& look, Shape shape, std::string* out) {
  if (shape == Shape::kProse && reply.kind == Kind::kValue) {
    // In a pipe the lines are not wrapped.
    return render_help(reply.text, look.prompt || look.terminal ? look.width : std::string::npos,
                       out);
  }
  // The fields of versions are not users' bytes: hex would be useless for a time.
  const bool is_own = shape == Shape::kProse || shape == Shape::kVersions;
  const Mode mode = is_own ? Mode::kPlain : look.mode;
  if (!look.prompt) return render_script(reply, mode, look, out);
  if (shape == Shape::kVersions) return render_history(reply, now_us(), look.width, out);
  if (shape == Shape::kMeta) return render_meta(reply, now_us(), look, out);
  if (shape == Shape::kRestored) return render_restored(reply, out);
  if (render_done(reply, shape, out)) return;
  render_prompt(reply, mode, out);
}

void render_raw(const command::Reply& reply, const Look& look, Shape shape, std::string* out) {
  if (look.ack) {
    if (look.mode == Mode::kJson) return render_json_shaped(reply, shape, out);
    return render_ack(reply, look, out);
  }
  if (render_as_rows(reply, look, shape, out)) return;
  const bool is_json = look.mode == Mode::kJson;
  if (shape == Shape::kCursor && is_cursor(reply) && !is_json && !look.prompt) {
    // One key a line, as for KEYS.
    for (const command::Reply& part : reply.items) render_raw(part, look, Shape::kData, out);
    return;
  }
  if (reply.kind == Kind::kError) return;  // it goes to stderr
  if (is_queued(reply)) {
    if (look.prompt) *out += "QUEUED\n";
    return;
  }
  if (reply.kind == Kind::kOk) {
    if (look.prompt && shape != Shape::kExit) *out += "OK\n";
    return;
  }
  if (is_json) return render_json_shaped(reply, shape, out);
  if (is_no_change(reply, shape) && !look.prompt && !look.nil) return;
  if (look.mode == Mode::kCsv && shape != Shape::kProse) {
    return render_csv_shaped(reply, look, shape, out);
  }
  render_text(reply, look, shape, out);
}

}  // namespace

void render_json(const command::Reply& reply, std::string* out) {
  const std::size_t begin = out->size();
  wire::JsonWriter writer(out);
  command::write(reply, writer);
  escape_unprintable(begin, out);
}

void render(const command::Reply& reply, const Look& look, std::string* out, Shape shape) {
  if (!look.terminal) return render_raw(reply, look, shape, out);
  // Escape also what no mode quotes: a status made up by a server, a CSV field.
  std::string raw;
  render_raw(reply, look, shape, &raw);
  *out += harmless(raw);
}

std::string shown_cell(const command::Reply& item, const Look& look) {
  std::string text;
  if (item.kind == Kind::kReal) {
    text = command::real_text(item.real);
  } else if (look.mode == Mode::kHex) {
    append_hex(item.text, &text);
  } else if (look.mode == Mode::kQuoted) {
    append_quoted(item.text, &text);
  } else {
    append_shown(item.text, Newlines::kQuoted, &text);
  }
  return look.terminal ? harmless(text) : text;
}

}  // namespace kvstore::repl
