#include "repl/completion.h"

#include <algorithm>
#include <cctype>

#include "repl/dot_commands.h"
#include "repl/quote.h"
#include "src/command/table.h"
#include "src/command/text_words.h"

namespace kvstore::repl {
namespace {

constexpr std::size_t kMaxCandidates = 100;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

// The line split at the cursor: whole words before it, and the raw beginning of
// the one being typed.
struct Typed {
  std::vector<std::string> words;
  std::string_view raw;  // of the unfinished word, with its opening quote
  std::string word;      // what it means so far
};

Typed take_apart(std::string_view before) {
  std::string copy(before);
  std::vector<command::Word> words;
  // An open quote is an error, but its forgiving reading is what is meant here.
  (void)command::split_words(copy.data(), copy.size(), &words);
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

// Whether the table calls argument `index` (0 is the first) a key. The last name
// stands for all that follow when it ends in "...".
bool is_key(const command::Command& command, std::size_t index) {
  std::vector<std::string_view> names;
  std::string_view rest = command.arguments;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view name = rest.substr(0, end);
    if (!name.empty() && !name.starts_with("...")) names.push_back(name);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (names.empty()) return false;
  const bool repeats = command.arguments.find("...") != rest.npos;
  if (index >= names.size() && !repeats) return false;
  return names[std::min(index, names.size() - 1)].find("key") != std::string_view::npos;
}

void add_keys(std::string_view prefix, const FindKeys& find_keys, Completion* out) {
  std::vector<std::string> keys = find_keys(prefix, kMaxCandidates + 1);
  out->more = keys.size() > kMaxCandidates;
  if (out->more) keys.pop_back();
  for (const std::string& key : keys) append_word(key, &out->candidates.emplace_back());
}

}  // namespace

Completion complete(std::string_view before_cursor, const FindKeys& find_keys) {
  const Typed typed = take_apart(before_cursor);
  Completion completion;
  completion.replaced_size = typed.raw.size();
  if (typed.words.empty()) {
    if (typed.raw.starts_with('.')) {
      add_dot_commands(typed.raw, &completion);
    } else {
      add_commands(typed.word, &completion);
    }
    return completion;
  }
  if (typed.words.front().starts_with('.')) {
    if (typed.words.front() == ".help") add_commands(typed.word, &completion);
    return completion;
  }
  const command::Command* command = command::find_command(typed.words.front());
  if (command == nullptr) return completion;
  if (command->name == "HELP") {
    add_commands(typed.word, &completion);
  } else if (is_key(*command, typed.words.size() - 1)) {
    add_keys(typed.word, find_keys, &completion);
  }
  return completion;
}

}  // namespace kvstore::repl
