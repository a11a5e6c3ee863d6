#include "server/console.h"

#include "server/console_files.h"

namespace kvstore::server {
namespace {

// With "require-trusted-types-for" a browser refuses to parse a string as markup.
constexpr std::string_view kConsolePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";
constexpr std::string_view kConsolePage = "index.html";
constexpr std::string_view kConsoleDirectory = "console/";

}  // namespace

std::optional<Asset> console_asset(std::string_view path) {
  const bool is_page = path.empty();
  if (!is_page && !path.starts_with(kConsoleDirectory)) return std::nullopt;
  const std::string_view name = is_page ? kConsolePage : path.substr(kConsoleDirectory.size());
  for (const ConsoleFile& file : console_files()) {
    if (file.name != name) continue;
    return Asset{file.content, file.content_type, file.etag, kConsolePolicy};
  }
  return std::nullopt;
}

}  // namespace kvstore::server
