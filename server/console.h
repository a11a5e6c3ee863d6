// The console: the page at /_/ for browsers, with its files.
//
// It is compiled into the program and contains no data, so every client may load it. The page reads
// data over HTTP, with the permissions of the user that logs in. Any thread.
#pragma once

#include <optional>
#include <string_view>

namespace kvstore::server {

// Views of static storage.
struct Asset {
  std::string_view content;
  std::string_view content_type;
  std::string_view etag;    // in quotes; differs if the bytes differ
  std::string_view policy;  // for Content-Security-Policy: nothing from elsewhere, no inline script
                            // or style, no markup from strings, no frame around the page
  bool is_gzip = false;
};

// `path` is the part of the address after "/_/": "" is the page, "console/main.js" one of its
// files. nullopt: there is no such file.
std::optional<Asset> console_asset(std::string_view path);

}  // namespace kvstore::server
