// Line editing on a terminal with libedit.
//
// The result is raw input text, newline included, for the text parser: a typed line, an edited
// history entry of several lines, or a pasted text of any size, byte for byte, once Enter was
// pressed after it.
//
// On a terminal without escape sequences (repl/terminal_kind.h) the terminal driver edits the
// lines, without completion and history.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kvstore::repl {

struct Completion {
  std::size_t replaced_size = 0;        // bytes before the cursor that the candidate replaces
  std::vector<std::string> candidates;  // whole words, sorted
  bool more = false;                    // there are further ones
};

class LineEditor {
 public:
  enum class Event {
    kInput,   // *text is the input
    kCancel,  // Ctrl-C: the line is discarded
    kEnd,     // Ctrl-D on an empty line, or the terminal is closed
  };
  // The kind of input, which determines what Tab does.
  enum class Takes {
    kCommand,  // Tab completes
    kLines,    // Tab inserts a tab
    kBytes,    // Tab inserts a tab
  };
  using Complete = std::function<Completion(std::string_view before_cursor)>;
  // The syntax that may follow the line, shown after it in grey; empty: none.
  using Hint = std::function<std::string(std::string_view line)>;

  // `history_path` may be empty. Prompts are written to `screen`.
  LineEditor(std::FILE* screen, const std::string& history_path, Complete complete, Hint hint);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  Event read(std::string_view prompt, bool color, Takes takes, std::string* text);
  void add_history(std::string_view entry);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kvstore::repl
