// Lines from a person at a terminal, edited with libedit.
//
// What comes out is raw input text, newline included, ready for the text parser:
// a typed line; an edited history entry of several lines; or a pasted text of
// any size, byte for byte, without the editor having touched it.
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
  // What is being typed: decides what Tab does and what a paste without a final
  // newline is.
  enum class Takes {
    kCommand,  // Tab completes; a paste's last, unfinished line can be edited
    kLines,    // Tab is a tab; the same
    kBytes,    // Tab is a tab; every byte of a paste counts at once
  };
  using Complete = std::function<Completion(std::string_view before_cursor)>;

  // `history_path` may be empty. Prompts are written to `screen`.
  LineEditor(std::FILE* screen, const std::string& history_path, Complete complete);
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
