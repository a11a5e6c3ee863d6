#include "src/cli/option_docs.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "src/cli/app.h"
#include "src/cli/options.h"
#include "src/cli/subcommands.h"
#include "src/options/app_visitor.h"

namespace kvstore::cli {
namespace {

OptionDoc doc_of(const CLI::Option& option) {
  OptionDoc doc;
  doc.names = option.get_name(false, true);
  if (option.get_items_expected_max() > 0) {
    const std::string type = option.get_type_name();
    doc.type = type.starts_with('[') ? type : type.substr(0, type.find(':'));
  }
  doc.text = option.get_description();
  const std::string value = option.get_default_str();
  if (!value.empty()) doc.text += fmt::format(" ({})", value);
  doc.is_servers = option.get_group() == "Server";
  return doc;
}

// Without "Usage: " and the indentation.
std::string usage_of(const CLI::App& app) {
  const auto formatter = std::dynamic_pointer_cast<CLI::Formatter>(app.get_formatter());
  const std::string given = formatter ? formatter->make_usage(&app, app.get_name()) : "";
  constexpr std::string_view kBegin = "Usage: ";
  std::string text = given.substr(std::min(given.find(kBegin), given.size()));
  text.erase(0, std::min(kBegin.size(), text.size()));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

SubcommandDoc doc_of(std::string_view name, const CLI::App& app) {
  SubcommandDoc doc;
  doc.name = name;
  doc.summary = app.get_description();
  doc.usage = usage_of(app);
  doc.footer = app.get_footer();
  for (const CLI::Option* const option : app.get_options()) {
    (option->get_positional() ? doc.arguments : doc.options).push_back(doc_of(*option));
  }
  return doc;
}

}  // namespace

std::vector<SubcommandDoc> subcommand_docs() {
  std::vector<SubcommandDoc> docs;
  for (const auto& [name, run] : subcommands()) {
    const option_checks::AppVisitor visitor(
        [&docs, name = name](const CLI::App& app) { docs.push_back(doc_of(name, app)); });
    run({});
  }
  return docs;
}

std::vector<OptionDoc> file_option_docs() {
  FileOptions options;
  Raw raw;
  CLI::App app("", "kvstore");
  prepare(app, "", "");
  add_file_options(app, options, raw);
  std::vector<OptionDoc> docs;
  for (const CLI::Option* const option : app.get_options()) {
    if (!option->get_positional()) docs.push_back(doc_of(*option));
  }
  return docs;
}

}  // namespace kvstore::cli
