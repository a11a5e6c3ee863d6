// How --help shows an option: "--sync POLICY    When writes reach the disk: ... (always)". The
// legal
// values follow a colon, word by word, and the default is in parentheses; the shells' completion
// reads this (tools/completion.bash).
#pragma once

#include <algorithm>
#include <string>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

namespace kvstore::option_checks {

class HelpFormatter : public CLI::Formatter {
 public:
  // A footer begins with a line end in our raw strings; CLI11 has written an empty line already.
  std::string make_footer(const CLI::App* app) const override {
    const std::string text = app->get_footer();
    if (text.empty()) return text;
    return text.substr(text.front() == '\n' ? 1 : 0) + "\n";
  }
  // Shows only the type; the description names the legal values.
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    const std::size_t colon = type.starts_with('[') ? type.npos : type.find(':');
    const std::size_t end = std::min(colon, type.size());
    std::string text;
    if (end != 0 && option->get_items_expected_max() != 0) text = " " + type.substr(0, end);
    if (option->get_required()) text += " REQUIRED";
    return text;
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    const std::string value = option->get_default_str();
    const std::string& text = option->get_description();
    return value.empty() ? text : fmt::format("{} ({})", text, value);
  }
};

}  // namespace kvstore::option_checks
