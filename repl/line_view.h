// Draws the line that is being edited: a prompt, text of any number of rows, the
// cursor, and a hint behind it.
//
// Every draw goes back to the first row that the last one used and writes all of it
// again. Rows that are full are not ended with a newline: the terminal wraps them
// itself, so that it can wrap them anew when its width changes. How many columns a
// character takes is asked of wcwidth(), and a wide one that does not fit into the
// last column begins the next row, as terminals do it. What is drawn never depends
// on where the cursor was left, only on which row it was.
//
// Pure: it makes the bytes to send, and sends none. Not thread-safe.
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
    std::string text;        // UTF-8; newlines begin a new row
    std::size_t cursor = 0;  // bytes of `text` before it
    std::string hint;        // shown in grey after the text as far as it fits; may be empty
    bool operator==(const Content&) const = default;
  };

  // The bytes that bring what is on the screen to `content`; empty if it is there
  // already. Of a text that is higher than the screen the part around the cursor.
  std::string draw(const Content& content, ScreenSize size);

  // The last draw of this line: all of the text, no hint, the cursor after its end.
  // The caller ends the row.
  std::string finish(const Content& content, ScreenSize size);

  // The cursor is at the beginning of a free row: others have written to the screen.
  void reset();

  // The terminal has another size: full rows were wrapped anew, the cursor still
  // stands at the same character. Terminals that do not wrap anew keep a stale row.
  void resized(ScreenSize size);

 private:
  struct Place {
    std::size_t row = 0;
    std::size_t column = 0;
  };
  struct Row {
    std::string bytes;
    bool is_full = false;  // the terminal goes on with the next one by itself
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
  std::size_t cursor_row_ = 0;  // of the last draw, counted from its first row
};

// How many columns `text` takes where it is shown as LineView shows it, for a text
// without newlines and tabs.
std::size_t columns_of(std::string_view text);

}  // namespace kvstore::repl
