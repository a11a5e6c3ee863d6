// Lines from a person at a terminal, edited with libedit.
//
// What comes out is raw input text, newline included, ready for the text parser:
// a typed line; an edited history entry of several lines; or a pasted text of
// any size, byte for byte, once Enter was pressed behind it.
//
// On a terminal that knows no escape sequences (repl/terminal_kind.h) lines are plain:
// the terminal driver edits them, there is no completion and no history.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kvstore::repl {

struct Completion {
  std::size_t replaced_size = 0;        // bytes before the cursor that a candidate replaces
  std::vector<std::string> candidates;  // whole words, sorted
  bool more = false;                    // there are others
};

class LineEditor {
 public:
  enum class Event {
    kInput,   // *text is input
    kCancel,  // Ctrl-C: the line is gone
    kEnd,     // Ctrl-D on an empty line, or the terminal is gone
  };
  // What is being typed: decides what Tab does.
  enum class Takes {
    kCommand,  // Tab completes
    kLines,    // Tab is a tab
    kBytes,    // the same
  };
  using Complete = std::function<Completion(std::string_view before_cursor)>;
  // What may follow the line, to be shown behind it in grey. Empty: nothing.
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
