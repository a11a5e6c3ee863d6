// Prints the documents, writes them into a directory, or checks that they are there.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "docs/generate/generate.h"

namespace {

struct Document {
  std::string name;
  std::string text;
};

std::vector<Document> documents() {
  std::vector<Document> all{{"COMMANDS.md", kvstore::docs::commands_markdown()},
                            {"kvstore.1", kvstore::docs::man_page()}};
  for (auto& [name, text] : kvstore::docs::subcommand_pages()) {
    all.push_back({std::move(name), std::move(text)});
  }
  return all;
}

bool write(const Document& document, const std::string& directory) {
  const std::string path = directory + "/" + document.name;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << document.text << std::flush;
  if (!file) std::fprintf(stderr, "cannot write %s\n", path.c_str());
  return bool(file);
}

bool check(const Document& document, const std::string& directory) {
  const std::string path = directory + "/" + document.name;
  std::ifstream file(path, std::ios::binary);
  const std::string found{std::istreambuf_iterator<char>(file), {}};
  if (found == document.text) return true;
  std::fprintf(stderr, "%s is not what the command table says; run: kvstore_docs write %s\n",
               path.c_str(), directory.c_str());
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view verb = argc == 3 ? argv[1] : "";
  bool good = true;
  for (const Document& document : documents()) {
    if (verb == "write") good &= write(document, argv[2]);
    else if (verb == "check") good &= check(document, argv[2]);
    else if (verb == "print" && document.name == argv[2]) std::fputs(document.text.c_str(), stdout);
  }
  if (!verb.empty()) return good ? 0 : 1;
  std::fputs("usage: kvstore_docs write DIRECTORY | check DIRECTORY | print NAME\n", stderr);
  return 2;
}
