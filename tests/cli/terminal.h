// A real terminal (tmux) with a shell in it, for tests that type.
#pragma once

#include <string>

#include "tests/cli/process.h"

namespace kvstore::test {

class Terminal {
 public:
  // Runs `kvstore WORDS...` in a terminal of 100 by 60. History and sockets live
  // in `directory`. `environment` is "NAME=value ..." for the shell.
  Terminal(const Directory& directory, const Words& words, const std::string& environment = {});
  ~Terminal();  // ends the tmux server it started, and so what runs in it
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& text);       // as it is
  void enter(const std::string& text = {});  // the same, and Enter
  void key(const std::string& name);        // tmux' name: C-c, Up, Tab
  void paste(const std::string& text);      // as a terminal does, bracketed
  void resize(int columns, int rows);

  std::string screen();
  // Waits until the screen, or what scrolled off it, ends in `text` (blanks at
  // the end aside) or holds it; fails the test after a generous while.
  void wait_for_end(const std::string& text);
  void wait_for(const std::string& text);

 private:
  Outcome tmux(Words words, const std::string& input = {});
  std::string socket_;
};

}  // namespace kvstore::test
