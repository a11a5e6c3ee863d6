#include "src/transfer/manifest.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include <fmt/core.h>

#include "src/base/small_file.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/words.h"
#include "src/wire/inline_words.h"

namespace kvstore::transfer {
namespace {

namespace fs = std::filesystem;
using command::quote;

constexpr std::string_view kEnding = ".manifest";
constexpr std::size_t kMaxManifest = std::size_t{1} << 20;

struct Entry {
  std::string file;
  std::uint64_t seq = 0;
  char type = 0;
};

tl::unexpected<Error> malformed_line(std::size_t line, std::string_view what) {
  return fail(Code::kFormat, fmt::format("line {} of the manifest {}", line, what));
}

// Whether it is a plain file name, which cannot lead to another directory.
bool is_name(std::string_view file) {
  return !file.empty() && file != "." && file != ".." && file.find('/') == file.npos &&
         file.find('\0') == file.npos;
}

// Parses pairs of a word and its value, quoted as Redis quotes them.
Result<Entry> parse_line(std::string text, std::size_t number) {
  std::vector<wire::Word> words;
  if (!wire::split_inline_words(text.data(), text.size(), &words) || words.size() % 2 != 0) {
    return malformed_line(number, "is not made of pairs of words");
  }
  Entry entry;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const auto word = [&](std::size_t at) { return text.substr(words[at].offset, words[at].size); };
    if (command::same_word(word(i), "file")) entry.file = word(i + 1);
    if (command::same_word(word(i), "seq")) {
      entry.seq = command::parse_unsigned(word(i + 1)).value_or(0);
    }
    if (command::same_word(word(i), "type") && word(i + 1).size() == 1) entry.type = word(i + 1)[0];
  }
  if (!is_name(entry.file)) return malformed_line(number, "names no file of its directory");
  if (entry.type != 'b' && entry.type != 'i' && entry.type != 'h') {
    return malformed_line(number, "has no type b, i or h");
  }
  return entry;
}

Result<std::string> read_text(const fs::path& path) {
  KV_ASSIGN(std::string text, read_small_file(path.string(), kMaxManifest));
  if (text.size() > kMaxManifest) {
    return fail(Code::kFormat, path.string() + " is too large for a manifest");
  }
  return text;
}

// The one manifest in a directory; empty if there is none.
Result<fs::path> find_manifest(const fs::path& directory) {
  fs::path found;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    if (!at->path().string().ends_with(kEnding)) continue;
    if (!found.empty()) {
      return fail(Code::kFormat,
                  fmt::format("there is more than one manifest in {}", directory.string()),
                  "name one of them");
    }
    found = at->path();
  }
  if (error) return fail_errno(error.value(), "read directory", directory.string());
  return found;
}

Result<fs::path> manifest_in(const fs::path& directory) {
  KV_ASSIGN(fs::path found, find_manifest(directory));
  std::error_code ignored;
  const fs::path inner = directory / "appendonlydir";
  if (found.empty() && fs::is_directory(inner, ignored)) {
    KV_ASSIGN(found, find_manifest(inner));
  }
  if (!found.empty()) return found;
  return fail(Code::kFormat,
              fmt::format("{} is a directory, and not one of Redis' append-only files: there is no "
                          "manifest in it",
                          directory.string()));
}

}  // namespace

Result<std::vector<std::string>> parse_manifest(std::string_view text) {
  std::vector<std::string> base, increments;
  std::uint64_t last_seq = 0;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t newline = std::min(text.find('\n'), text.size());
    std::string line(text.substr(0, newline));
    text.remove_prefix(std::min(newline + 1, text.size()));
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line[0] == '#') continue;
    KV_ASSIGN(Entry entry, parse_line(std::move(line), number));
    if (entry.type == 'b') {
      if (!base.empty()) return malformed_line(number, "names a second base file");
      base.push_back(std::move(entry.file));
    } else if (entry.type == 'i') {
      if (entry.seq <= last_seq) return malformed_line(number, "has no seq above the one before");
      last_seq = entry.seq;
      increments.push_back(std::move(entry.file));
    }
  }
  std::move(increments.begin(), increments.end(), std::back_inserter(base));
  if (base.empty()) return fail(Code::kFormat, "the manifest names no file");
  return base;
}

Result<std::vector<std::string>> files_of(const std::string& path) {
  fs::path manifest = path;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    KV_ASSIGN(manifest, manifest_in(path));
  } else if (!path.ends_with(kEnding)) {
    return std::vector<std::string>{path};
  }
  if (fs::exists(manifest, ignored) && !fs::is_regular_file(manifest, ignored)) {
    return fail(Code::kFormat, manifest.string() + " is not a file that could be a manifest");
  }
  KV_ASSIGN(const std::string text, read_text(manifest));
  auto names = parse_manifest(text);
  if (!names) {
    Error error = names.error();
    error.message = fmt::format("{}: {}", manifest.string(), error.message);
    return fail(std::move(error));
  }
  for (std::string& name : *names) {
    name = (manifest.parent_path() / name).string();
    // A pipe in the list may block for ever.
    if (!fs::exists(name, ignored) || fs::is_regular_file(name, ignored)) continue;
    return fail(Code::kFormat, fmt::format("{}: {} is not a file", manifest.string(), name));
  }
  return std::move(*names);
}

}  // namespace kvstore::transfer
