// Line editing. libedit interprets the keys: it holds the line, and provides emacs and vi keys, the
// history and its search, and the user's ~/.editrc. It does not draw: its output goes to /dev/null,
// because it miscounts wide characters at the right edge and loses its place when the terminal is
// resized. LineView draws libedit's line once all available keys are processed.
//
// The terminal is set to pass on every byte unchanged, so that a paste is not altered; Ctrl-C,
// Ctrl-Z and CR are handled here instead of in the terminal driver. libedit gets characters from
// read_character() and knows these extra keys:
//
//   Ctrl-C kv-cancel     Ctrl-Z kv-suspend     Tab kv-complete
//   ESC [200~ kv-paste   Alt-Enter kv-newline  Ctrl-L kv-clear
//
// A paste never runs by itself: its newlines are text, and Enter sends all of it.
//
// A terminal without escape sequences gets none: the terminal driver's own line editing is used
// there (read_plainly).
//
// libedit uses wide characters for edited lines, so a UTF-8 locale is needed; C.UTF-8 is used if
// the environment has none.
#include "repl/line_editor.h"

#include <histedit.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <csignal>
#include <cstring>

#include <fmt/core.h>

#include "repl/columns.h"
#include "repl/history_file.h"
#include "repl/line_view.h"
#include "repl/signals.h"
#include "repl/terminal_kind.h"
#include "repl/tty_input.h"
#include "src/base/human.h"
#include "src/base/utf8.h"

namespace kvstore::repl {
namespace {

// A paste up to this size is inserted into the line, to be edited; a larger one is only counted.
constexpr std::size_t kMaxEditable = 4096;
// The terminal driver's limit for a line; it discards the rest.
constexpr std::size_t kMaxDriverLine = 4095;

void use_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::strcmp(::nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_CTYPE, "C.UTF-8");
}

int count_characters(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  }));
}

std::string common_prefix(const std::vector<std::string>& words) {
  std::string prefix = words.front();
  for (const std::string& word : words) {
    const auto [end, unused] =
        std::mismatch(prefix.begin(), prefix.end(), word.begin(), word.end());
    prefix.erase(end, prefix.end());
  }
  // Do not split a character.
  while (!prefix.empty() && !is_utf8(prefix)) prefix.pop_back();
  return prefix;
}

}  // namespace

struct LineEditor::Impl {
  Impl(std::FILE* screen_file, const std::string& history_path, Complete complete_function,
       Hint hint_function);
  ~Impl();

  Event read(std::string_view prompt_text, bool color, Takes what, std::string* text);

  static int read_character(EditLine* editor, wchar_t* character);
  static unsigned char cancel(EditLine* editor, int);
  static unsigned char suspend(EditLine* editor, int);
  static unsigned char complete_key(EditLine* editor, int);
  static unsigned char take_paste(EditLine* editor, int);
  static unsigned char insert_newline(EditLine* editor, int);
  static unsigned char clear(EditLine* editor, int);
  static char* no_prompt(EditLine*);
  static Impl& of(EditLine* editor);

  void begin_editing();
  void bind_keys();
  void pass_every_byte();
  Event read_edited(std::string* text);
  Event read_plainly(std::string* text);
  void send(std::string_view bytes);
  void redraw();
  void leave_line(std::string_view after);
  LineView::Content content() const;
  void announce_held();
  bool is_editable(std::string_view text) const;
  unsigned char list(const Completion& completion);

  std::FILE* screen;
  std::FILE* nowhere = nullptr;  // libedit's own drawing
  Complete complete;
  Hint hint;
  History* history;
  HistoryFile history_file;
  TtyInput input{STDIN_FILENO};
  EditLine* editor = nullptr;  // null on a terminal without escape sequences
  LineView view;
  std::string prompt;
  bool color = false;
  Takes takes = Takes::kCommand;
  bool cancelled = false;
  bool pasted = false;  // into the line being edited
  std::string held;     // pasted before the line, too long to be edited
};

ScreenSize screen_size(std::FILE* screen) {
  winsize size{};
  if (::ioctl(::fileno(screen), TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return {};
  }
  return {size.ws_col, size.ws_row};
}

LineEditor::Impl::Impl(std::FILE* screen_file, const std::string& history_path,
                       Complete complete_function, Hint hint_function)
    : screen(screen_file),
      complete(std::move(complete_function)),
      hint(std::move(hint_function)),
      history(::history_init()),
      history_file(history, history_path) {
  use_utf8();
  if (understands_escapes() && ::isatty(::fileno(screen)) == 1) begin_editing();
}

LineEditor::Impl::~Impl() {
  if (editor != nullptr) ::el_end(editor);
  if (nowhere != nullptr) std::fclose(nowhere);
  ::history_end(history);
}

void LineEditor::Impl::begin_editing() {
  nowhere = std::fopen("/dev/null", "we");
  if (nowhere == nullptr) return;
  const int terminal = ::fileno(screen);
  editor = ::el_init_fd("kvstore", stdin, nowhere, nowhere, STDIN_FILENO, terminal, terminal);
  if (editor == nullptr) return;
  ::el_set(editor, EL_CLIENTDATA, this);
  ::el_set(editor, EL_EDITOR, "emacs");
  ::el_set(editor, EL_HIST, ::history, history);
  ::el_set(editor, EL_PROMPT, no_prompt);
  ::el_set(editor, EL_GETCFN, read_character);
  ::el_set(editor, EL_SIGNAL, 0);
  bind_keys();
  ::el_source(editor, nullptr);  // the user's own ~/.editrc
  pass_every_byte();
}

void LineEditor::Impl::bind_keys() {
  const auto bind = [this](const char* name, const char* help, auto function, const char* key) {
    ::el_set(editor, EL_ADDFN, name, help, function);
    ::el_set(editor, EL_BIND, key, name, nullptr);
  };
  bind("kv-cancel", "drop the line", cancel, "^C");
  bind("kv-suspend", "suspend the shell", suspend, "^Z");
  bind("kv-complete", "complete the word", complete_key, "^I");
  bind("kv-paste", "take a paste", take_paste, "\\e[200~");
  bind("kv-newline", "insert a newline", insert_newline, "\\e^M");
  bind("kv-clear", "clear the screen", clear, "^L");
  ::el_set(editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  ::el_set(editor, EL_BIND, "^S", "em-inc-search-next", nullptr);
  ::el_set(editor, EL_BIND, "\\e[3~", "ed-delete-next-char", nullptr);
  ::el_set(editor, EL_BIND, "\\e[H", "ed-move-to-beg", nullptr);
  ::el_set(editor, EL_BIND, "\\e[F", "ed-move-to-end", nullptr);
  ::el_set(editor, EL_BIND, "\\e[1~", "ed-move-to-beg", nullptr);
  ::el_set(editor, EL_BIND, "\\e[4~", "ed-move-to-end", nullptr);
  ::el_set(editor, EL_BIND, "\\e[1;5C", "em-next-word", nullptr);
  ::el_set(editor, EL_BIND, "\\e[1;5D", "ed-prev-word", nullptr);
}

void LineEditor::Impl::pass_every_byte() {
  for (const char* flag : {"-isig", "-icrnl", "-inlcr", "-igncr", "-ixon", "-ixoff", "-istrip",
                           "-iexten", "-brkint", "-parmrk", "-inpck"}) {
    ::el_set(editor, EL_SETTY, "-d", flag, nullptr);
  }
}

LineEditor::Impl& LineEditor::Impl::of(EditLine* editor) {
  void* self = nullptr;
  ::el_get(editor, EL_CLIENTDATA, &self);
  return *static_cast<Impl*>(self);
}

char* LineEditor::Impl::no_prompt(EditLine*) {
  static char empty[] = "";
  return empty;
}

void LineEditor::Impl::send(std::string_view bytes) {
  if (bytes.empty()) return;
  std::fwrite(bytes.data(), 1, bytes.size(), screen);
  std::fflush(screen);
}

LineView::Content LineEditor::Impl::content() const {
  const LineInfo* line = ::el_line(editor);
  LineView::Content content;
  content.prompt = prompt;
  content.bold_prompt = color;
  content.text.assign(line->buffer, line->lastchar);
  content.cursor = static_cast<std::size_t>(line->cursor - line->buffer);
  // Without colours a hint would look like typed text.
  if (color && takes == Takes::kCommand && held.empty()) content.hint = hint(content.text);
  return content;
}

void LineEditor::Impl::redraw() { send(view.draw(content(), screen_size(screen))); }

// Ends the line on the screen, as it is in the editor.
void LineEditor::Impl::leave_line(std::string_view after) {
  send(view.finish(content(), screen_size(screen)));
  send(after);
}

int LineEditor::Impl::read_character(EditLine* editor, wchar_t* character) {
  Impl& self = of(editor);
  while (true) {
    if (!self.input.has_buffered()) self.redraw();
    const long next = self.input.next_character();
    if (next >= 0) {
      *character = static_cast<wchar_t>(next);
      return 1;
    }
    if (next == TtyInput::kEnd || signals::wants_end()) return 0;
    if (signals::take_interrupt()) {
      *character = L'\003';
      return 1;
    }
    if (signals::take_resize()) {
      ::el_set(editor, EL_PREP_TERM, 1);
      self.view.resized(screen_size(self.screen));
    }
  }
}

unsigned char LineEditor::Impl::cancel(EditLine* editor, int) {
  of(editor).cancelled = true;
  return CC_NEWLINE;
}

unsigned char LineEditor::Impl::suspend(EditLine* editor, int) {
  Impl& self = of(editor);
  self.leave_line("\033[?2004l\r\n");
  ::el_set(editor, EL_PREP_TERM, 0);
  std::raise(SIGTSTP);
  ::el_set(editor, EL_PREP_TERM, 1);
  self.send("\033[?2004h");
  return CC_REFRESH;
}

unsigned char LineEditor::Impl::insert_newline(EditLine* editor, int) {
  return ::el_insertstr(editor, "\n") == 0 ? CC_REFRESH : CC_ERROR;
}

unsigned char LineEditor::Impl::clear(EditLine* editor, int) {
  Impl& self = of(editor);
  self.send("\033[H\033[2J");
  self.view.reset();
  return CC_REFRESH;
}

unsigned char LineEditor::Impl::complete_key(EditLine* editor, int) {
  Impl& self = of(editor);
  if (self.takes != Takes::kCommand) {
    return ::el_insertstr(editor, "\t") == 0 ? CC_REFRESH : CC_ERROR;
  }
  const LineInfo* line = ::el_line(editor);
  const std::string before(line->buffer, line->cursor);
  const Completion completion = self.complete(before);
  if (completion.candidates.empty()) {
    self.send("\a");
    return CC_REFRESH;
  }
  const bool only = completion.candidates.size() == 1 && !completion.more;
  const bool ends = only && !completion.candidates.front().ends_with('/');
  const std::string word = common_prefix(completion.candidates) + (ends ? " " : "");
  const std::string typed = before.substr(before.size() - completion.replaced_size);
  if (!only && word.size() <= typed.size()) return self.list(completion);
  ::el_deletestr(editor, count_characters(typed));
  return ::el_insertstr(editor, word.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
}

unsigned char LineEditor::Impl::list(const Completion& completion) {
  leave_line("\r\n");
  std::string table = in_columns(completion.candidates, screen_size(screen).columns);
  if (completion.more) table += "...\n";
  for (std::size_t at = 0; (at = table.find('\n', at)) != table.npos; at += 2) {
    table.insert(at, 1, '\r');
  }
  send(table);
  return CC_REFRESH;
}

bool LineEditor::Impl::is_editable(std::string_view text) const {
  if (text.size() > kMaxEditable || !is_utf8(text)) return false;
  return std::none_of(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) < 0x20 && byte != '\t' && byte != '\n') ||
           byte == 0x7F;
  });
}

unsigned char LineEditor::Impl::take_paste(EditLine* editor, int) {
  Impl& self = of(editor);
  std::string paste = self.input.read_paste();
  restore_newlines(&paste);
  self.pasted = true;
  if (self.is_editable(paste)) {
    return ::el_insertstr(editor, paste.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }
  const LineInfo* line = ::el_line(editor);
  const std::string before(line->buffer, line->cursor);
  ::el_deletestr(editor, count_characters(before));
  self.held += before;
  self.held += paste;
  self.announce_held();
  return CC_REFRESH;
}

void LineEditor::Impl::announce_held() {
  const auto lines = static_cast<std::size_t>(std::count(held.begin(), held.end(), '\n'));
  leave_line("\r\n");
  send(fmt::format("[pasted {} bytes, {} lines: Enter sends them, Ctrl-C drops them]\r\n",
                   with_commas(held.size()), with_commas(lines)));
}

LineEditor::Event LineEditor::Impl::read(std::string_view prompt_text, bool in_color, Takes what,
                                         std::string* text) {
  prompt = fmt::format("{} ", prompt_text);
  color = in_color;
  takes = what;
  return editor != nullptr ? read_edited(text) : read_plainly(text);
}

LineEditor::Event LineEditor::Impl::read_edited(std::string* text) {
  cancelled = pasted = false;
  held.clear();
  view.reset();
  send("\033[?2004h");
  int count = 0;
  const char* line = ::el_gets(editor, &count);
  const bool at_end = line == nullptr || (count <= 0 && !cancelled);
  // A cancelled line is delimited only by its count.
  text->assign(at_end ? "" : line, at_end ? 0 : static_cast<std::size_t>(count));
  // Enter arrives as CR, and libedit ends the line with a newline.
  if (!cancelled && text->ends_with('\n')) text->pop_back();
  LineView::Content last;
  last.prompt = prompt;
  last.bold_prompt = color;
  last.text = *text;
  if (pasted && last.text.ends_with('\n')) last.text.pop_back();
  send(view.finish(last, screen_size(screen)));
  send(cancelled ? "^C\033[?2004l\n" : "\033[?2004l\n");
  if (cancelled || (at_end && !held.empty())) return Event::kCancel;
  if (at_end) return Event::kEnd;
  text->insert(0, held);
  // The newline at the end of a paste already stands for Enter.
  if (!pasted || !text->ends_with('\n')) *text += '\n';
  return Event::kInput;
}

// The terminal driver edits, echoes, and turns Ctrl-C into a signal.
LineEditor::Event LineEditor::Impl::read_plainly(std::string* text) {
  send(prompt);
  text->clear();
  while (!text->ends_with('\n')) {
    const int byte = input.next_byte();
    if (byte >= 0) {
      *text += static_cast<char>(byte);
    } else if (byte == TtyInput::kEnd || signals::wants_end()) {
      if (text->empty()) send("\n");
      return text->empty() ? Event::kEnd : Event::kInput;
    } else if (signals::take_interrupt()) {
      send("\n");
      return Event::kCancel;
    }
  }
  if (text->size() <= kMaxDriverLine) return Event::kInput;
  send(
      fmt::format("The line was longer than the {} bytes that this terminal takes, and is dropped. "
                  "Use a file, and .read.\n",
                  kMaxDriverLine - 1));
  return Event::kCancel;
}

LineEditor::LineEditor(std::FILE* screen, const std::string& history_path, Complete complete,
                       Hint hint)
    : impl_(std::make_unique<Impl>(screen, history_path, std::move(complete), std::move(hint))) {}

LineEditor::~LineEditor() = default;

LineEditor::Event LineEditor::read(std::string_view prompt, bool color, Takes takes,
                                   std::string* text) {
  return impl_->read(prompt, color, takes, text);
}

void LineEditor::add_history(std::string_view entry) { impl_->history_file.add(entry); }

}  // namespace kvstore::repl
