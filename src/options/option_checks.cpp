#include "src/options/option_checks.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "src/base/edit_distance.h"
#include "src/base/quote.h"

namespace kvstore::option_checks {
namespace {

constexpr std::size_t kMaxShown = 64;  // bytes of a wrong word that are shown

// Separates a message from its example while both pass through CLI11.
constexpr char kSeparator = '\x1f';

std::string shown(std::string_view word) {
  std::string text = "'";
  append_escaped(word.substr(0, kMaxShown), {}, &text);
  return text + (word.size() > kMaxShown ? "'..." : "'");
}

std::string wrong(std::string_view word, std::string_view expected, std::string_view example) {
  return fmt::format("{} is not {}{}{}", shown(word), expected, kSeparator, example);
}

template <class T>
bool parses(std::string_view word, T* value) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), *value);
  return error == std::errc() && end == word.data() + word.size();
}

// Splits "--name: rest", which is how CLI11 writes its messages.
std::pair<std::string, std::string> split_name(const std::string& what) {
  const std::size_t colon = what.find(": ");
  if (colon == what.npos) return {"", what};
  return {what.substr(0, colon), what.substr(colon + 2)};
}

std::string value_name(const std::string& rest) {  // "1 required POLICY missing"
  const std::size_t begin = rest.find("required ");
  const std::size_t end = rest.rfind(" missing");
  if (begin == rest.npos || end == rest.npos || end < begin + 9) return "a value";
  return rest.substr(begin + 9, end - begin - 9);
}

bool is_option_word(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// Whether an empty value is valid: an empty text, key or line is.
bool may_be_empty(const std::string& name) {
  const bool is_file = name == "FILE" || name == "OLD";  // opening it fails, and says so
  return is_file || name == "--nil" || name == "--prefix" || name == "--key" || name == "--cmd";
}

// The option that CLI11 did not recognize. After "--", and in a COMMAND, a word may begin with '-'.
std::string find_unknown_option(const CLI::App& app) {
  for (const std::string& word : app.remaining()) {
    if (is_option_word(word) && word != "--") return word;
    if (word == "--" || app.get_prefix_command()) break;
  }
  return {};
}

std::string nearest_option(const CLI::App& app, const std::string& name) {
  constexpr std::size_t kLongest = 32;  // the longest name that is compared: the cost is the
                                        // product of the sizes
  if (name == "-V" || name == "-v") return "--version";
  std::string nearest;
  std::size_t least = 3;
  for (const CLI::Option* const option : app.get_options()) {
    for (const std::string& known : option->get_lnames()) {
      if (name.size() > 4 && ("--" + known).starts_with(name)) return "--" + known;
      const std::size_t distance = edit_distance(name.substr(0, kLongest), "--" + known);
      if (distance >= least) continue;
      least = distance;
      nearest = "--" + known;
    }
  }
  return nearest;
}

std::string type_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.substr(0, type.starts_with('[') ? type.npos : type.find(':'));
}

Error is_empty_value(const CLI::Option& option) {
  const std::string name = option.get_name();
  const std::string type = type_of(option);
  return {Code::kUsage, fmt::format("{} is given, but empty", name),
          fmt::format("{}{}{}, or leave it out", name, type.empty() ? "" : " ", type)};
}

// Finds `--name=` without a value: CLI11 would take the next word for it.
std::optional<Error> find_empty_attached(const CLI::App& app,
                                         const std::vector<std::string>& words) {
  const std::size_t command = app.get_prefix_command() ? app.remaining().size() : 0;
  for (std::size_t i = 0; i + command < words.size() && words[i] != "--"; ++i) {
    if (!words[i].starts_with("--") || !words[i].ends_with('=')) continue;
    const std::string name = words[i].substr(0, words[i].size() - 1);
    const CLI::Option* const option = app.get_option_no_throw(name);
    if (option == nullptr || !takes_value(*option)) continue;
    if (!may_be_empty(name)) return is_empty_value(*option);
    return Error{Code::kUsage, fmt::format("{} needs a value", words[i]), name + " ''"};
  }
  return std::nullopt;
}

// All three are accepted, because other options use none or 0.
bool is_off(std::string_view word) { return word == "off" || word == "none" || word == "0"; }

}  // namespace

CLI::Validator one_of(const std::vector<std::string>& words, const std::string& example) {
  return {[words, example](std::string& word) {
            for (const std::string& known : words) {
              if (word == known) return std::string();
            }
            return wrong(word, fmt::format("one of {}", fmt::join(words, ", ")),
                         example.empty() ? words.front() : example);
          },
          ""};
}

CLI::Validator number(double least, double most, const std::string& example, bool fractions) {
  return {[=](std::string& word) {
            double value = 0;
            const bool good = parses(word, &value) && value >= least && value <= most &&
                              (fractions || value == std::floor(value));
            if (good && word.find_first_of("eExXnN") == word.npos) return std::string();
            return wrong(word, fmt::format("a number from {} to {:.0f}", least, most), example);
          },
          ""};
}

CLI::Validator whole(const std::string& example) {
  return {[example](std::string& word) {
            std::uint64_t value = 0;
            return parses(word, &value) ? std::string() : wrong(word, "a whole number", example);
          },
          ""};
}

CLI::Validator size(const std::string& example) {
  return {[example](std::string& word) {
            const std::string given = word;
            const std::size_t digits =
                std::min(given.find_first_not_of("0123456789"), given.size());
            std::uint64_t value = 0;  // CLI11 replaces a value that overflows by the largest one
            try {
              const bool is_number = parses(given.substr(0, digits), &value) && value > 0;
              if (is_number && CLI::AsSizeValue(false)(word).empty()) {
                return std::string();
              }
            } catch (const CLI::Error&) {
              // the product is out of range
            }
            return wrong(given, "a size of 1 byte or more", example);
          },
          ""};
}

CLI::Validator size_or_off(const std::string& example) {
  return {[of_size = size(example)](std::string& word) {
            if (!is_off(word)) return of_size(word);
            word = "0";
            return std::string();
          },
          ""};
}

CLI::Validator percent_or_off(const std::string& example) {
  return {[example](std::string& word) {
            std::uint64_t value = 0;
            const std::string digits = word.substr(0, word.find('%'));
            const bool is_one = parses(digits, &value) && value >= 1 && value <= 99 &&
                                word.size() <= digits.size() + 1;
            if (!is_off(word) && !is_one) return wrong(word, "a share from 1% to 99%, or off", example);
            word = is_one ? digits : "0";
            return std::string();
          },
          ""};
}

Error unknown_option(const CLI::App& app, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  const std::string nearest = nearest_option(app, name);
  return {Code::kUsage, fmt::format("unknown option {}", name),
          nearest.empty() ? app.get_name() + " --help" : nearest};
}

std::optional<Error> find_empty_value(const CLI::App& app, const std::vector<std::string>& words) {
  if (auto attached = find_empty_attached(app, words)) return attached;
  for (const CLI::Option* const option : app.get_options()) {
    // An option whose value may be omitted then has an empty one.
    const bool has_value = takes_value(*option) && option->get_items_expected_min() > 0;
    if (!has_value || may_be_empty(option->get_name())) continue;
    for (const std::string& value : option->results()) {
      if (value.empty()) return is_empty_value(*option);
    }
  }
  return std::nullopt;
}

Error explain(const CLI::ParseError& error, const CLI::App& app,
              const std::vector<std::string>& words) {
  // It took the word after it, which is then missing elsewhere.
  if (auto attached = find_empty_attached(app, words)) return *attached;
  // An unknown option may cause the other errors: CLI11 does not know that it takes a value.
  const std::string unknown = find_unknown_option(app);
  if (!unknown.empty()) return unknown_option(app, unknown);
  const std::string& program = app.get_name();
  const std::string help = program + " --help";
  const std::string what = error.what();
  const auto [name, rest] = split_name(what);
  const std::size_t separator = rest.find(kSeparator);
  if (separator != rest.npos) {
    return {
        Code::kUsage, fmt::format("{}: {}", name, rest.substr(0, separator)),
        fmt::format("{} {}", name.starts_with('-') ? name : program, rest.substr(separator + 1))};
  }
  if (error.get_name() == "ArgumentMismatch") {
    if (rest.starts_with("At Most")) {
      return {Code::kUsage, fmt::format("{} is given more than once", name),
              fmt::format("{}, once", name)};
    }
    return {Code::kUsage, fmt::format("{} needs {}", name, value_name(rest)), help};
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::vector<std::string> extra = app.remaining();
    return {Code::kUsage,
            fmt::format("too many words: {}", shown(fmt::format("{}", fmt::join(extra, " ")))),
            help};
  }
  if (error.get_name() == "ConversionError") {
    const std::string option = rest.substr(0, rest.find(" = "));
    return {Code::kUsage, fmt::format("{} takes no such value", option), help};
  }
  return {Code::kUsage, what, help};
}

}  // namespace kvstore::option_checks
