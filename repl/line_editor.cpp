// How keys reach us. The terminal is told to pass on every byte as it is, so that
// a paste cannot be changed on its way; what the terminal driver would have done
// with Ctrl-C, Ctrl-Z and CR is done here. libedit gets characters from
// read_character() and knows these extra keys:
//
//   Ctrl-C kv-cancel     Ctrl-Z kv-suspend     Tab kv-complete
//   ESC [200~ kv-paste   Alt-Enter kv-newline  Ctrl-\ kv-preload (internal)
//
// Edit lines are wide characters inside libedit, so a UTF-8 locale is needed;
// C.UTF-8 is taken if the environment names none.
#include "repl/line_editor.h"

#include <histedit.h>
#include <langinfo.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <csignal>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "repl/columns.h"
#include "repl/history_file.h"
#include "repl/human.h"
#include "repl/quote.h"
#include "repl/signals.h"
#include "repl/tty_input.h"
#include "src/base/utf8.h"

namespace kvstore::repl {
namespace {

// A paste up to here that has no newline is put into the line, to be edited.
constexpr std::size_t kMaxEditable = 4096;
// A paste up to here is shown; more is only counted.
constexpr std::size_t kMaxShownLines = 20;
constexpr const char* kPreloadKey = "\034";

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
    const auto [end, unused] = std::mismatch(prefix.begin(), prefix.end(), word.begin(), word.end());
    prefix.erase(end, prefix.end());
  }
  // Never half a character.
  while (!prefix.empty() && !is_utf8(prefix)) prefix.pop_back();
  return prefix;
}

}  // namespace

struct LineEditor::Impl {
  Impl(std::FILE* screen_file, const std::string& history_path, Complete complete_function);
  ~Impl();

  Event read(std::string_view prompt_text, bool color, Takes what, std::string* text);

  static int read_character(EditLine* editor, wchar_t* character);
  static unsigned char cancel(EditLine* editor, int);
  static unsigned char suspend(EditLine* editor, int);
  static unsigned char complete_key(EditLine* editor, int);
  static unsigned char take_paste(EditLine* editor, int);
  static unsigned char insert_newline(EditLine* editor, int);
  static unsigned char preload(EditLine* editor, int);
  static char* prompt_of(EditLine* editor);
  static Impl& of(EditLine* editor);

  void bind_keys();
  void pass_every_byte();
  void show_pasted(std::string_view text);
  void keep_unfinished_line(std::string* text);
  bool is_editable(std::string_view text) const;
  unsigned char list(const Completion& completion);

  std::FILE* screen;
  Complete complete;
  History* history;
  HistoryFile history_file;
  TtyInput input{STDIN_FILENO};
  EditLine* editor;
  std::string prompt;
  Takes takes = Takes::kCommand;
  bool cancelled = false;
  std::optional<std::string> pasted;  // with what stood before it in the line
  // What goes before the next line: shown and editable, or too long for that.
  std::string preloaded;
  std::string held;
};

LineEditor::Impl::Impl(std::FILE* screen_file, const std::string& history_path,
                       Complete complete_function)
    : screen(screen_file),
      complete(std::move(complete_function)),
      history(::history_init()),
      history_file(history, history_path) {
  use_utf8();
  editor = ::el_init("kvstore", stdin, screen, stderr);
  ::el_set(editor, EL_CLIENTDATA, this);
  ::el_set(editor, EL_EDITOR, "emacs");
  ::el_set(editor, EL_HIST, ::history, history);
  ::el_set(editor, EL_PROMPT_ESC, prompt_of, '\1');
  ::el_set(editor, EL_GETCFN, read_character);
  ::el_set(editor, EL_SIGNAL, 0);
  bind_keys();
  ::el_source(editor, nullptr);  // the user's own ~/.editrc
  pass_every_byte();
}

LineEditor::Impl::~Impl() {
  ::el_end(editor);
  ::history_end(history);
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
  bind("kv-preload", "internal", preload, "\\034");
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

char* LineEditor::Impl::prompt_of(EditLine* editor) { return of(editor).prompt.data(); }

int LineEditor::Impl::read_character(EditLine* editor, wchar_t* character) {
  Impl& self = of(editor);
  while (true) {
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
      ::el_resize(editor);
      ::el_set(editor, EL_REFRESH);
    }
  }
}

unsigned char LineEditor::Impl::cancel(EditLine* editor, int) {
  Impl& self = of(editor);
  self.cancelled = true;
  const LineInfo* line = ::el_line(editor);
  if (line->cursor != line->lastchar) {
    ::el_cursor(editor, count_characters({line->cursor, line->lastchar}));
    ::el_set(editor, EL_REFRESH);
  }
  std::fputs("^C", self.screen);
  return CC_NEWLINE;
}

unsigned char LineEditor::Impl::suspend(EditLine* editor, int) {
  ::el_set(editor, EL_PREP_TERM, 0);
  std::raise(SIGTSTP);
  ::el_set(editor, EL_PREP_TERM, 1);
  return CC_REDISPLAY;
}

unsigned char LineEditor::Impl::insert_newline(EditLine* editor, int) {
  return ::el_insertstr(editor, "\n") == 0 ? CC_REFRESH : CC_ERROR;
}

unsigned char LineEditor::Impl::preload(EditLine* editor, int) {
  Impl& self = of(editor);
  if (!self.preloaded.empty()) ::el_insertstr(editor, self.preloaded.c_str());
  self.preloaded.clear();
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
  if (completion.candidates.empty()) return CC_REFRESH_BEEP;
  const bool only = completion.candidates.size() == 1 && !completion.more;
  const std::string word = common_prefix(completion.candidates) + (only ? " " : "");
  const std::string typed = before.substr(before.size() - completion.replaced_size);
  if (!only && word.size() <= typed.size()) return self.list(completion);
  ::el_deletestr(editor, count_characters(typed));
  return ::el_insertstr(editor, word.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
}

unsigned char LineEditor::Impl::list(const Completion& completion) {
  const std::string table = in_columns(completion.candidates, screen_width());
  fmt::print(screen, "\n{}{}", table, completion.more ? "...\n" : "");
  return CC_REDISPLAY;
}

bool LineEditor::Impl::is_editable(std::string_view text) const {
  if (text.size() > kMaxEditable || !is_utf8(text)) return false;
  return std::none_of(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) < 0x20 && byte != '\t') || byte == 0x7F;
  });
}

unsigned char LineEditor::Impl::take_paste(EditLine* editor, int) {
  Impl& self = of(editor);
  std::string paste = self.input.read_paste();
  restore_newlines(&paste);
  const bool one_line = paste.find('\n') == paste.npos;
  if (one_line && self.takes != Takes::kBytes && self.is_editable(paste)) {
    return ::el_insertstr(editor, paste.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }
  const LineInfo* line = ::el_line(editor);
  self.pasted = std::string(line->buffer, line->cursor) + paste +
                std::string(line->cursor, line->lastchar);
  self.show_pasted(paste);
  return CC_NEWLINE;
}

void LineEditor::Impl::show_pasted(std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  if (lines <= kMaxShownLines && text.size() <= kMaxEditable && is_plain(text, Newlines::kShown)) {
    while (text.ends_with('\n')) text.remove_suffix(1);
    fmt::print(screen, "{}", text);
  } else {
    fmt::print(screen, "[pasted {} bytes, {} lines]", with_commas(text.size()), with_commas(lines));
  }
}

// What stands behind the last newline of a paste is not sent: it becomes the
// beginning of the next line, for the person to finish.
void LineEditor::Impl::keep_unfinished_line(std::string* text) {
  if (takes == Takes::kBytes) return;
  const std::size_t newline = text->rfind('\n');
  std::string rest = newline == text->npos ? *text : text->substr(newline + 1);
  text->resize(newline == text->npos ? 0 : newline + 1);
  (is_editable(rest) ? preloaded : held) = std::move(rest);
}

LineEditor::Event LineEditor::Impl::read(std::string_view prompt_text, bool color, Takes what,
                                         std::string* text) {
  prompt = color ? fmt::format("\1\033[1m\1{}\1\033[0m\1 ", prompt_text)
                 : fmt::format("{} ", prompt_text);
  if (!held.empty()) {
    fmt::print(screen, "[{} bytes are waiting for the rest of their line]\n",
               with_commas(held.size()));
  }
  takes = what;
  cancelled = false;
  pasted.reset();
  if (!preloaded.empty()) ::el_push(editor, kPreloadKey);
  std::fputs("\033[?2004h", screen);
  std::fflush(screen);
  int count = 0;
  const char* line = ::el_gets(editor, &count);
  std::fputs("\033[?2004l", screen);
  const bool at_end = !pasted && !cancelled && (line == nullptr || count <= 0);
  if (pasted || cancelled || at_end) std::fputc('\n', screen);
  std::fflush(screen);
  if (cancelled) {
    held.clear();
    preloaded.clear();
    return Event::kCancel;
  }
  if (pasted) {
    *text = std::move(held) + *pasted;
    held.clear();
    keep_unfinished_line(text);
    return Event::kInput;
  }
  if (at_end) return Event::kEnd;
  *text = std::move(held) + std::string(line);
  held.clear();
  // Enter arrives as the CR it is, and libedit ends the line with a newline.
  return Event::kInput;
}

LineEditor::LineEditor(std::FILE* screen, const std::string& history_path, Complete complete)
    : impl_(std::make_unique<Impl>(screen, history_path, std::move(complete))) {}

LineEditor::~LineEditor() = default;

LineEditor::Event LineEditor::read(std::string_view prompt, bool color, Takes takes,
                                   std::string* text) {
  return impl_->read(prompt, color, takes, text);
}

void LineEditor::add_history(std::string_view entry) { impl_->history_file.add(entry); }

}  // namespace kvstore::repl
