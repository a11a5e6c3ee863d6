// Draws the line that is being edited: a prompt, text of any number of rows, the cursor, and a hint
// after the text.
//
// Each draw returns to the first row of the last draw and writes everything again. Full rows do not
// end in a newline: the terminal wraps them, so that it can wrap them again when its width changes.
// The width of characters is that of wcwidth(); a wide one that does not fit in the last column
// begins the next row, as on terminals. A draw depends only on the row of the cursor, not on its
// column.
//
// Pure: it builds the bytes to send. Not thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kvstore::repl {

struct ScreenSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

class LineView {
 public:
  struct Content {
    std::string prompt;  // printable, one line
    bool bold_prompt = false;
    std::string text;        // UTF-8; a newline begins a new row
    std::size_t cursor = 0;  // in bytes of `text`
    std::string hint;        // shown in grey after the text if there is space; may be empty
    bool operator==(const Content&) const = default;
  };

  // The bytes that change the screen to `content`; empty if it shows that already. If the text is
  // higher than the screen, the part around the cursor is shown.
  std::string draw(const Content& content, ScreenSize size);

  // The last draw of this line: all of the text, no hint, the cursor after the end. The caller ends
  // the row.
  std::string finish(const Content& content, ScreenSize size);

  // Call it after other output: the cursor is at the begin of a free row.
  void reset();

  // Call it when the size has changed: full rows were wrapped again, and the cursor is still at the
  // same character. A terminal that does not wrap again keeps an outdated row.
  void resized(ScreenSize size);

 private:
  struct Place {
    std::size_t row = 0;
    std::size_t column = 0;
  };
  struct Row {
    std::string bytes;
    bool is_full = false;  // the terminal continues in the next row by itself
  };
  struct Layout {
    std::vector<Row> rows;
    Place cursor;
    std::size_t end_column = 0;  // of the last row
  };
  class Builder;

  static Layout lay_out(const Content& content, std::size_t columns);
  std::string go_to_top() const;
  std::string write(const Layout& layout, std::size_t first, std::size_t count,
                    std::string_view hint);

  bool is_drawn_ = false;
  Content drawn_;
  ScreenSize size_;
  std::size_t cursor_row_ = 0;  // of the last draw, relative to its first row
};

// Number of columns of `text` as LineView shows it, for a text without newlines and tabs.
std::size_t columns_of(std::string_view text);

}  // namespace kvstore::repl
