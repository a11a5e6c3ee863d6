// The files of server/console as compiled into the program by the build (cmake/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace kvstore::server {

struct ConsoleFile {
  std::string_view name;  // "main.js"
  std::string_view content;
  std::string_view content_type;
  std::string_view etag;  // in quotes
};

std::span<const ConsoleFile> console_files();

}  // namespace kvstore::server
