#include "repl/completion.h"

#include <algorithm>
#include <cctype>

#include "repl/argument_hints.h"
#include "repl/dot_commands.h"
#include "repl/path_completion.h"
#include "repl/quote.h"
#include "repl/render.h"
#include "src/command/help.h"
#include "src/command/help_topics.h"
#include "src/command/table.h"
#include "src/wire/text_words.h"

namespace kvstore::repl {
namespace {

constexpr std::size_t kMaxCandidates = 100;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

// The line before the cursor: complete words, and the raw begin of the present one.
struct Typed {
  std::vector<std::string> words;
  std::string_view raw;  // of the incomplete word, with its opening quote
  std::string word;      // its decoded begin
};

Typed take_apart(std::string_view before) {
  std::string copy(before);
  std::vector<wire::Word> words;
  // An open quote is an error, but the lenient result is what is needed here.
  (void)wire::split_words(copy.data(), copy.size(), &words);
  Typed typed;
  for (const auto& word : words) typed.words.emplace_back(copy, word.offset, word.size);
  const bool between = before.empty() || before.back() == ' ' || before.back() == '\t';
  const bool open_quote = !words.empty() && words.back().quoted && before.back() != '"' &&
                          before.back() != '\'';
  if (words.empty() || (between && !open_quote)) {
    typed.raw = before.substr(before.size());
    return typed;
  }
  const std::size_t begin = words.back().offset - (words.back().quoted ? 1 : 0);
  typed.raw = before.substr(begin);
  typed.word = std::move(typed.words.back());
  typed.words.pop_back();
  return typed;
}

void add_commands(std::string_view prefix, Completion* out) {
  const std::string wanted = upper(prefix);
  for (const command::Command& command : command::commands()) {
    if (command.name.starts_with(wanted)) out->candidates.emplace_back(command.name);
  }
}

void add_dot_commands(std::string_view prefix, Completion* out) {
  for (const DotCommand& command : dot_commands()) {
    if (command.name.starts_with(prefix)) out->candidates.emplace_back(command.name);
  }
}

void add_keys(std::string_view prefix, const CompletionSources& sources, Completion* out) {
  std::vector<std::string> keys = sources.keys(prefix, kMaxCandidates + 1);
  out->more = keys.size() > kMaxCandidates;
  if (out->more) keys.pop_back();
  for (const std::string& key : keys) append_word(key, &out->candidates.emplace_back());
}

void add_words(std::string_view prefix, const std::vector<std::string_view>& words,
               Completion* out) {
  const std::string wanted = upper(prefix);
  for (const std::string_view word : words) {
    const auto& known = out->candidates;
    const bool is_new = std::find(known.begin(), known.end(), word) == known.end();
    if (is_new && upper(word).starts_with(wanted)) out->candidates.emplace_back(word);
  }
}

// The quote of a directory stays open, because more will be typed.
std::string path_word(const std::string& path) {
  std::string word;
  append_word(path, &word);
  if (path.ends_with('/') && word.ends_with('"')) word.pop_back();
  return word;
}

void add_paths(std::string_view prefix, Completion* out) {
  std::vector<std::string> paths = complete_path(prefix, kMaxCandidates + 1);
  out->more = paths.size() > kMaxCandidates;
  if (out->more) paths.pop_back();
  for (const std::string& path : paths) out->candidates.push_back(path_word(path));
}

// The words of "[on|off]".
std::vector<std::string_view> choices_of(std::string_view arguments) {
  std::vector<std::string_view> words;
  if (arguments.size() < 2 || arguments.front() != '[') return words;
  arguments = arguments.substr(1, arguments.size() - 2);
  while (!arguments.empty()) {
    const std::size_t end = std::min(arguments.find('|'), arguments.size());
    words.push_back(arguments.substr(0, end));
    arguments.remove_prefix(std::min(end + 1, arguments.size()));
  }
  return words;
}

// Topics of HELP: commands, groups, and others.
void add_helped(std::string_view prefix, Completion* out) {
  add_commands(prefix, out);
  add_words(prefix, command::groups(), out);
  add_words(prefix, command::topics(), out);
}

void add_dot_arguments(const Typed& typed, Completion* out) {
  const DotCommand* command = find_dot_command(typed.words.front());
  if (command == nullptr || typed.words.size() > 1) return;
  if (command->name == ".help") return add_helped(typed.word, out);
  if (command->arguments.find("FILE") != std::string_view::npos) return add_paths(typed.word, out);
  add_words(typed.word, choices_of(command->arguments), out);
}

void add_arguments(const command::Command& command, const Typed& typed,
                   const CompletionSources& sources, Completion* out) {
  const Words given(typed.words.begin() + 1, typed.words.end());
  if (command.name == "HELP") return add_helped(typed.word, out);
  if (command.name == "STATS" || command.alias_of == "STATS") {
    const std::vector<std::string> sections = sources.sections();
    return add_words(typed.word, {sections.begin(), sections.end()}, out);
  }
  if (is_key_next(command, given)) return add_keys(typed.word, sources, out);
  add_words(typed.word, options_after(command, given), out);
}

}  // namespace

Completion complete(std::string_view before_cursor, const CompletionSources& sources) {
  const Typed typed = take_apart(before_cursor);
  Completion completion;
  completion.replaced_size = typed.raw.size();
  if (typed.words.empty() && typed.raw.starts_with('.')) {
    add_dot_commands(typed.raw, &completion);
  } else if (typed.words.empty()) {
    add_commands(typed.word, &completion);
  } else if (typed.words.front().starts_with('.')) {
    add_dot_arguments(typed, &completion);
  } else if (const auto* command = command::find_command(typed.words.front())) {
    add_arguments(*command, typed, sources, &completion);
  }
  return completion;
}

std::string hint_for(std::string_view line) {
  Typed typed = take_apart(line);
  const bool in_word = !typed.raw.empty();
  if (in_word) typed.words.push_back(std::move(typed.word));
  if (typed.words.empty() || line.find('\n') != line.npos) return {};
  const Words given(typed.words.begin() + 1, typed.words.end());
  std::string hint;
  if (const auto* command = command::find_command(typed.words.front())) {
    hint = remaining_arguments(*command, given);
  } else if (const auto* dot = find_dot_command(typed.words.front()); dot && given.empty()) {
    if (!dot->arguments.empty()) hint = ' ' + std::string(dot->arguments);
  }
  if (!in_word && !hint.empty()) hint.erase(0, 1);
  return hint;
}

}  // namespace kvstore::repl
