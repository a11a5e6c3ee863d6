// The console: the page that a browser gets at /_/, and what belongs to it.
//
// It is part of the program and holds no data, so whoever reaches the port may have it; what it
// shows it asks for over HTTP, with the rights of the user that logs in. From any thread.
#pragma once

#include <optional>
#include <string_view>

namespace kvstore::server {

// Views of static storage.
struct Asset {
  std::string_view content;
  std::string_view content_type;
  std::string_view etag;    // in quotes; another one for other bytes
  std::string_view policy;  // for Content-Security-Policy: nothing from elsewhere, no inline script
                            // or style, no markup made from strings, no frame around the page
  bool is_gzip = false;
};

// `path` is what follows "/_/" in the address: "" is the page, "console/main.js" a part of it.
// Nothing: there is no such file.
std::optional<Asset> console_asset(std::string_view path);

}  // namespace kvstore::server
