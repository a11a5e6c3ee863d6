// A manual page a subcommand, of what its parser is told.
#include <cctype>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "docs/generate/generate.h"
#include "docs/generate/roff.h"
#include "src/cli/option_docs.h"

namespace kvstore::docs {
namespace {

std::string lower_first(std::string_view sentence) {
  std::string text(sentence.substr(0, sentence.find_last_not_of('.') + 1));
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

std::string upper(std::string_view word) {
  std::string text;
  for (const char c : word) text += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

void add_options(const std::vector<cli::OptionDoc>& options, std::string* out) {
  for (const cli::OptionDoc& option : options) {
    fmt::format_to(std::back_inserter(*out), ".TP\n.BI {} {}\n{}.\n", escape_roff(option.names),
                   option.type.empty() ? "" : fmt::format("\" {}\"", escape_roff(option.type)),
                   escape_roff(option.text));
  }
}

// "Exit codes: 0 done; 1 refused; ..." as a list.
void add_exit_codes(std::string_view text, std::string* out) {
  *out += ".SH EXIT STATUS\n";
  while (!text.empty()) {
    std::size_t end = std::min(text.find(';'), text.size());
    while (end + 1 < text.size() && text[end + 1] != ' ' && text[end + 1] != '\n') {
      end = std::min(text.find(';', end + 1), text.size());
    }
    std::string item(text.substr(0, end));
    for (char& c : item) c = c == '\n' ? ' ' : c;
    const std::size_t blank = std::min(item.find(' '), item.size());
    fmt::format_to(std::back_inserter(*out), ".TP\n.B {}\n{}\n", escape_roff(item.substr(0, blank)),
                   escape_roff(item.substr(std::min(blank + 1, item.size()))));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
}

bool is_indented(std::string_view paragraph) {
  const std::size_t line = paragraph.find('\n');
  return paragraph.starts_with("  ") ||
         (line != paragraph.npos && paragraph.substr(line + 1).starts_with("  "));
}

// What stands as it is, under a heading of its own or a line that ends with a colon.
void add_listing(std::string_view paragraph, std::string* out) {
  std::string_view rest = paragraph;
  if (!rest.starts_with("  ")) {
    const std::string_view title = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(title.size() + 1, rest.size()));
    fmt::format_to(std::back_inserter(*out), "{}\n",
                   title == "Examples:" ? ".SH EXAMPLES" : ".PP\n" + escape_roff(title));
  }
  fmt::format_to(std::back_inserter(*out), ".PP\n.nf\n{}\n.fi\n", escape_roff(rest));
}

void add_paragraph(std::string_view paragraph, std::string* out) {
  constexpr std::string_view kExitCodes = "Exit codes:";
  if (paragraph.starts_with(kExitCodes)) {
    paragraph.remove_prefix(kExitCodes.size());
    paragraph.remove_prefix(std::min(paragraph.find_first_not_of(" \n"), paragraph.size()));
    if (paragraph.find(';') != paragraph.npos) return add_exit_codes(paragraph, out);
    fmt::format_to(std::back_inserter(*out), ".SH EXIT STATUS\n.nf\n{}\n.fi\n",
                   escape_roff(paragraph));
    return;
  }
  if (is_indented(paragraph)) return add_listing(paragraph, out);
  fmt::format_to(std::back_inserter(*out), ".PP\n{}\n", escape_roff(paragraph));
}

void add_footer(std::string_view text, std::string* out) {
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find_first_not_of('\n'), text.size());
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    std::string_view paragraph = text.substr(0, end);
    while (paragraph.ends_with('\n')) paragraph.remove_suffix(1);
    if (!paragraph.empty()) add_paragraph(paragraph, out);
    text.remove_prefix(end);
  }
}

std::string page_of(const cli::SubcommandDoc& doc) {
  std::string out = ".\\\" Printed from the options by docs/generate; do not edit.\n";
  const auto to = std::back_inserter(out);
  fmt::format_to(to, ".TH KVSTORE-{} 1 \"\" \"kvstore {}\" \"User Commands\"\n", upper(doc.name),
                 KVSTORE_VERSION);
  fmt::format_to(to, ".SH NAME\nkvstore\\-{} \\- {}\n.SH SYNOPSIS\n.nf\n{}\n.fi\n", doc.name,
                 escape_roff(lower_first(doc.summary)), escape_roff(doc.usage));
  fmt::format_to(to, ".SH DESCRIPTION\n{}\n", escape_roff(doc.summary));
  add_options(doc.arguments, &out);
  out += ".SH OPTIONS\n";
  add_options(doc.options, &out);
  out += ".SH NOTES\n";
  add_footer(doc.footer, &out);
  if (out.ends_with(".SH NOTES\n")) out.resize(out.size() - 10);
  out += ".SH SEE ALSO\n.BR kvstore (1)\n";
  return out;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> subcommand_pages() {
  std::vector<std::pair<std::string, std::string>> pages;
  for (const cli::SubcommandDoc& doc : cli::subcommand_docs()) {
    pages.emplace_back("man/kvstore-" + doc.name + ".1", page_of(doc));
  }
  return pages;
}

}  // namespace kvstore::docs
