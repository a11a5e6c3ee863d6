#include "src/cli/old_format.h"

#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>

#include "repl/report.h"
#include "src/base/clock.h"
#include "src/maint/convert.h"

namespace kvstore::cli {
namespace {

std::string temporary_name() {
  std::error_code ignored;
  const auto folder = std::filesystem::temp_directory_path(ignored);
  return (folder / fmt::format("kvstore-{}-{}.kvs", ::getpid(), now_us())).string();
}

// nullopt: not an old file, or none at all. Opening it will say what it is.
std::optional<maint::PlainFormat> find_format(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  const auto found = maint::detect_plain(file::system_files(), path);
  if (!found) return std::nullopt;
  return *found;
}

}  // namespace

Result<std::string> convert_if_old(const std::string& path, const std::string& format) {
  maint::ConvertOptions options;
  options.format = format.empty() ? find_format(path) : maint::plain_format_of(format);
  if (!options.format) return std::string();
  const std::string copy = temporary_name();
  KV_ASSIGN(const auto report, maint::convert(file::system_files(), path, copy, options));
  repl::say(fmt::format("kvstore: {}\nkvstore: opened for reading only; to write it: kvstore convert {} NEW",
                        report.to_string(path), path));
  return copy;
}

}  // namespace kvstore::cli
