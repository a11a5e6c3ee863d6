#include "src/cli/option_docs.h"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "src/cli/app.h"
#include "src/cli/options.h"

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

}  // namespace

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
