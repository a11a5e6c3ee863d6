#include "src/cli/old_format.h"

#include <filesystem>
#include <optional>

#include <fmt/core.h>

#include "repl/report.h"
#include "src/log/identity.h"
#include "src/maint/convert.h"
#include "src/maint/newest_of_keys.h"
#include "src/maint/text.h"

namespace kvstore::cli {
namespace {

// nullopt: not an old file, or no file. The error of opening it will tell.
std::optional<maint::PlainFormat> find_format(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  const auto found = maint::detect_plain(file::system_files(), path);
  if (!found) return std::nullopt;
  return *found;
}

}  // namespace

std::string convert_hint(const std::string& path) {
  return fmt::format("kvstore convert {} NEW", maint::quoted_word(path));
}

Result<std::unique_ptr<file::UnnamedFile>> convert_if_old(const std::string& path,
                                                          const std::string& format, bool quiet) {
  maint::ConvertOptions options;
  options.format = format.empty() ? find_format(path) : maint::plain_format_of(format);
  if (!options.format) return std::unique_ptr<file::UnnamedFile>();
  KV_ASSIGN(auto copy, file::UnnamedFile::make());
  maint::NewestOfKeys keys;
  KV_ASSIGN(const auto to, log::FileBuilder::create(*copy, path, log::random_id(), {}, &keys));
  KV_ASSIGN(const auto report, maint::convert_into(file::system_files(), path, to.get(), options));
  // What cannot be read may hold newer values, or deletions, of any key.
  if (report.stop == maint::PlainReader::Step::kBad) {
    return fail(
        Code::kDamaged,
        fmt::format("{} is damaged at offset {} ({}), and what follows may change any key", path,
                    report.stop_offset, report.reason),
        fmt::format("{} brings over what can be read before the damage", convert_hint(path)));
  }
  if (!quiet) {
    repl::say(
        fmt::format("kvstore: {}\nkvstore: {} is of an older format and opens for reading "
                    "only; to write it: {}",
                    report.to_string(path), path, convert_hint(path)));
  }
  return copy;
}

}  // namespace kvstore::cli
