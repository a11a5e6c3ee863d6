#include "repl/line_view.h"

#include <algorithm>
#include <cwchar>

#include <fmt/core.h>

#include "src/base/utf8.h"

namespace kvstore::repl {
namespace {

constexpr std::size_t kTabWidth = 8;

// One character as shown.
struct Glyph {
  std::string bytes;
  std::size_t columns = 0;
};

bool is_joined_emoji(std::uint32_t value) { return value >= 0x1F000 || value == 0xFE0F; }

// Avoids characters on which terminals disagree: whether emoji with a joiner or a variation
// selector are one character of two columns, or several. Without the joiner they are always
// several. Scripts that need joiners keep them.
bool is_left_out(std::uint32_t value, std::uint32_t before) {
  return value == 0xFE0F || (value == 0x200D && is_joined_emoji(before));
}

Glyph glyph_of(std::uint32_t value, std::string_view bytes, std::uint32_t before) {
  if (value < 0x20 || value == 0x7F) {
    return {{'^', static_cast<char>(value ^ 0x40)}, 2};
  }
  if (is_left_out(value, before)) return {};
  const int width = is_printable(value) ? ::wcwidth(static_cast<wchar_t>(value)) : -1;
  if (width >= 0) return {std::string(bytes), static_cast<std::size_t>(width)};
  std::string named = fmt::format("<U+{:04X}>", value);
  const std::size_t columns = named.size();
  return {std::move(named), columns};
}

// Calls take(glyph, code point, offset) for each character.
template <class Take>
void for_each_glyph(std::string_view text, const Take& take) {
  std::uint32_t before = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = first_code_point(text.substr(at));
    const std::size_t size = std::max<std::size_t>(point.size, 1);
    const std::uint32_t value = point.size == 0 ? U'\uFFFD' : point.value;
    const std::string_view bytes = point.size == 0 ? "\uFFFD" : text.substr(at, size);
    take(glyph_of(value, bytes, before), value, at);
    before = value;
    at += size;
  }
}

}  // namespace

// Distributes glyphs over rows.
class LineView::Builder {
 public:
  explicit Builder(std::size_t columns) : columns_(std::max<std::size_t>(columns, 1)) {
    layout_.rows.emplace_back();
  }

  void put(const Glyph& glyph) {
    // A glyph wider than the screen gets a row of its own.
    if (column_ > 0 && column_ + glyph.columns > columns_) wrap();
    place_ = {layout_.rows.size() - 1, column_};
    layout_.rows.back().bytes += glyph.bytes;
    column_ += glyph.columns;
  }
  // A sequence of ASCII columns may be split at a row's end.
  void put_each(std::string_view ascii) {
    Place first = place_;
    for (std::size_t i = 0; i < ascii.size(); ++i) {
      put({std::string(1, ascii[i]), 1});
      if (i == 0) first = place_;
    }
    place_ = first;
  }
  void put_tab() {
    const std::size_t free = column_ < columns_ ? columns_ - column_ : columns_;
    const std::size_t blanks = kTabWidth - (column_ < columns_ ? column_ : 0) % kTabWidth;
    put_each(std::string(std::min(blanks, free), ' '));
  }
  void begin_row() {
    place_ = {layout_.rows.size() - 1, std::min(column_, columns_ - 1)};
    layout_.rows.emplace_back();
    column_ = 0;
  }
  // The place of the last glyph.
  Place place() const { return place_; }
  void set_cursor(Place place) { layout_.cursor = place; }

  // The place of the next glyph: the end of a full row is the next row's begin.
  Place end() {
    if (column_ >= columns_) wrap();
    return {layout_.rows.size() - 1, column_};
  }
  Layout take() {
    layout_.end_column = column_;
    return std::move(layout_);
  }

 private:
  void wrap() {
    layout_.rows.back().is_full = true;
    layout_.rows.emplace_back();
    column_ = 0;
  }

  const std::size_t columns_;
  std::size_t column_ = 0;
  Place place_;
  Layout layout_;
};

LineView::Layout LineView::lay_out(const Content& content, std::size_t columns) {
  Builder builder(columns);
  const auto put = [&](const Glyph& glyph, std::uint32_t value) {
    if (value == '\n') return builder.begin_row();
    if (value == '\t') return builder.put_tab();
    if (glyph.bytes.size() == glyph.columns) return builder.put_each(glyph.bytes);
    builder.put(glyph);
  };
  for_each_glyph(content.prompt,
                 [&](const Glyph& glyph, std::uint32_t value, std::size_t) { put(glyph, value); });
  for_each_glyph(content.text, [&](const Glyph& glyph, std::uint32_t value, std::size_t at) {
    put(glyph, value);
    if (at == content.cursor) builder.set_cursor(builder.place());
  });
  const Place end = builder.end();
  if (content.cursor >= content.text.size()) builder.set_cursor(end);
  return builder.take();
}

std::string LineView::go_to_top() const {
  std::string out = "\r";
  if (cursor_row_ > 0) out += fmt::format("\033[{}A", cursor_row_);
  return out + "\033[J";
}

// Writes the rows [first, first + count), and places the cursor.
std::string LineView::write(const Layout& layout, std::size_t first, std::size_t count,
                            std::string_view hint) {
  std::string out;
  const std::size_t last = first + count - 1;
  for (std::size_t i = first; i <= last; ++i) {
    const Row& row = layout.rows[i];
    out += row.bytes;
    if (i == last) break;
    if (!row.is_full) {
      out += "\r\n";
    } else if (layout.rows[i + 1].bytes.empty()) {
      out += " \r";  // makes the terminal wrap now, and not at the next character
    }
  }
  if (!hint.empty()) out += fmt::format("\033[90m{}\033[39m", hint);
  out += '\r';
  cursor_row_ = layout.cursor.row - first;
  if (last > layout.cursor.row) out += fmt::format("\033[{}A", last - layout.cursor.row);
  if (layout.cursor.column > 0) out += fmt::format("\033[{}C", layout.cursor.column);
  return out;
}

namespace {

// The rows have no bold prompt, because their bytes are counted: it is inserted here.
std::string with_bold_prompt(std::string drawn, const LineView::Content& content) {
  const std::size_t at = content.bold_prompt ? drawn.find(content.prompt) : drawn.npos;
  if (at == drawn.npos || content.prompt.empty()) return drawn;
  drawn.insert(at + content.prompt.size(), "\033[0m");
  drawn.insert(at, "\033[1m");
  return drawn;
}

std::string_view fitting(std::string_view hint, std::size_t columns) {
  while (columns_of(hint) > columns) {
    hint = utf8_prefix(hint, hint.size() - 1);
  }
  return hint;
}

}  // namespace

std::string LineView::draw(const Content& content, ScreenSize size) {
  if (is_drawn_ && content == drawn_ && size.columns == size_.columns) return {};
  std::string out = is_drawn_ ? go_to_top() : "";
  const Layout layout = lay_out(content, size.columns);
  const std::size_t height = std::max<std::size_t>(size.rows, 1);
  const std::size_t count = std::min(layout.rows.size(), height);
  const std::size_t first = layout.cursor.row < count ? 0 : layout.cursor.row - count + 1;
  const bool at_end = content.cursor >= content.text.size();
  // Keep the last column free: a full row would wrap.
  const std::size_t room = size.columns - std::min(size.columns, layout.end_column + 1);
  out += write(layout, first, count, at_end ? fitting(content.hint, room) : "");
  is_drawn_ = true;
  drawn_ = content;
  size_ = size;
  return with_bold_prompt(std::move(out), content);
}

std::string LineView::finish(const Content& content, ScreenSize size) {
  Content last = content;
  last.hint.clear();
  last.cursor = last.text.size();
  std::string out;
  if (!is_drawn_ || !(last == drawn_) || size.columns != size_.columns) {
    out = is_drawn_ ? go_to_top() : "";
    const Layout layout = lay_out(last, size.columns);
    out += write(layout, 0, layout.rows.size(), "");
    out = with_bold_prompt(std::move(out), last);
  }
  reset();
  return out;
}

void LineView::reset() {
  is_drawn_ = false;
  cursor_row_ = 0;
}

void LineView::resized(ScreenSize size) {
  if (!is_drawn_ || size.columns == size_.columns) return;
  const Layout layout = lay_out(drawn_, size.columns);
  cursor_row_ = std::min(layout.cursor.row, std::max<std::size_t>(size.rows, 1) - 1);
  size_.columns = 0;  // forces the next draw
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for_each_glyph(text,
                 [&](const Glyph& glyph, std::uint32_t, std::size_t) { columns += glyph.columns; });
  return columns;
}

}  // namespace kvstore::repl
