#include "repl/argument_spec.h"

#include <algorithm>
#include <cctype>

namespace kvstore::repl {
namespace {

// Up to the next blank outside brackets.
std::string_view take_spec(std::string_view* rest) {
  rest->remove_prefix(std::min(rest->find_first_not_of(' '), rest->size()));
  int depth = 0;
  std::size_t end = 0;
  for (; end < rest->size() && (depth > 0 || (*rest)[end] != ' '); ++end) {
    if ((*rest)[end] == '[') ++depth;
    if ((*rest)[end] == ']') --depth;
  }
  const std::string_view spec = rest->substr(0, end);
  rest->remove_prefix(end);
  return spec;
}

bool is_keyword(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(),
                                      [](unsigned char c) { return std::isupper(c) != 0; });
}

// "EX seconds|PX milliseconds". A choice that begins with no keyword, as "time" in
// "AT seq|time", belongs to the value before it.
std::vector<ArgumentSpec::Option> parse_options(std::string_view inner) {
  std::vector<ArgumentSpec::Option> options;
  while (!inner.empty()) {
    const std::string_view choice = inner.substr(0, std::min(inner.find('|'), inner.size()));
    const std::string_view word = choice.substr(0, std::min(choice.find(' '), choice.size()));
    const std::string_view value = choice.substr(std::min(word.size() + 1, choice.size()));
    if (is_keyword(word)) {
      options.push_back({word, value});
    } else if (!options.empty() && !options.back().value.empty()) {
      auto& last = options.back().value;
      last = {last.data(), static_cast<std::size_t>(choice.data() + choice.size() - last.data())};
    }
    inner.remove_prefix(std::min(choice.size() + 1, inner.size()));
  }
  return options;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::toupper(x) == std::toupper(y);
  });
}

bool is_used(const ArgumentSpec& spec, const std::vector<std::string>& given, std::size_t from) {
  for (std::size_t i = from; i < given.size(); ++i) {
    if (find_option(spec, given[i]) != nullptr) return true;
  }
  return false;
}

std::size_t count_required(const std::vector<ArgumentSpec>& specs) {
  return static_cast<std::size_t>(std::count_if(
      specs.begin(), specs.end(), [](const ArgumentSpec& spec) { return !spec.optional; }));
}

// The option among the optional arguments whose value is to be typed next.
const ArgumentSpec::Option* open_option(const std::vector<ArgumentSpec>& specs,
                                        const std::vector<std::string>& given) {
  if (given.size() <= count_required(specs)) return nullptr;
  for (const ArgumentSpec& spec : specs) {
    const auto* option = spec.optional ? find_option(spec, given.back()) : nullptr;
    if (option != nullptr && !option->value.empty()) return option;
  }
  return nullptr;
}

}  // namespace

std::vector<ArgumentSpec> parse_argument_specs(std::string_view arguments) {
  std::vector<ArgumentSpec> specs;
  while (true) {
    const std::string_view shown = take_spec(&arguments);
    if (shown.empty()) return specs;
    ArgumentSpec spec;
    spec.shown = shown;
    spec.optional = shown.starts_with('[') && shown.ends_with(']');
    spec.repeats = shown.find("...") != shown.npos;
    const std::string_view inner = spec.optional ? shown.substr(1, shown.size() - 2) : shown;
    spec.is_key = inner.starts_with("key");
    spec.options = parse_options(inner);
    specs.push_back(std::move(spec));
  }
}

const ArgumentSpec::Option* find_option(const ArgumentSpec& spec, std::string_view word) {
  const auto found =
      std::find_if(spec.options.begin(), spec.options.end(),
                   [&](const auto& option) { return same_word(option.keyword, word); });
  return found == spec.options.end() ? nullptr : &*found;
}

std::string remaining_arguments(std::string_view arguments, const std::vector<std::string>& given) {
  const auto specs = parse_argument_specs(arguments);
  const std::size_t required = count_required(specs);
  std::string out;
  const auto* open = open_option(specs, given);
  if (open != nullptr) (out += ' ') += open->value;
  std::size_t place = 0;  // among the required ones
  for (const ArgumentSpec& spec : specs) {
    const bool done = spec.optional
                          ? is_used(spec, given, required) ||
                                (spec.options.empty() && !spec.repeats && given.size() > required)
                          : place++ < given.size();
    if (!done) (out += ' ') += spec.shown;
  }
  return out;
}

std::vector<std::string_view> options_after(std::string_view arguments,
                                            const std::vector<std::string>& given) {
  const auto specs = parse_argument_specs(arguments);
  const std::size_t required = count_required(specs);
  std::vector<std::string_view> keywords;
  if (open_option(specs, given) != nullptr) return keywords;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const bool wanted = specs[i].optional
                            ? given.size() >= required && !is_used(specs[i], given, required)
                            : i == given.size();
    if (!wanted) continue;
    for (const auto& option : specs[i].options) keywords.push_back(option.keyword);
  }
  return keywords;
}

}  // namespace kvstore::repl
