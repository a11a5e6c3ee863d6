#include "server/console.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

namespace kvstore::server {
namespace {

namespace fs = std::filesystem;
const fs::path kFiles = fs::path(KVSTORE_SOURCE_DIR) / "server" / "console";

std::string content_of(const fs::path& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

TEST_CASE("each file of the console is in the program, byte for byte, with an ETag of its own") {
  std::set<std::string> etags;
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(kFiles)) {
    const std::string name = entry.path().filename().string();
    CAPTURE(name);
    const auto asset = console_asset("console/" + name);
    REQUIRE(asset);
    CHECK(asset->content == content_of(entry.path()));
    CHECK(asset->etag.starts_with('"'));
    etags.emplace(asset->etag);
    ++count;
  }
  CHECK(count > 10);
  CHECK(etags.size() == count);
}

TEST_CASE("the page is at the empty path, and nothing is beside the console's files") {
  REQUIRE(console_asset(""));
  CHECK(console_asset("")->content == content_of(kFiles / "index.html"));
  CHECK(console_asset("")->content_type == "text/html; charset=utf-8");
  CHECK(console_asset("console/main.js")->content_type == "text/javascript; charset=utf-8");
  for (const char* const path : {"console", "console/", "console/none.js", "index.html", "main.js",
                                 "console/../console/main.js", "/console/main.js"}) {
    CAPTURE(path);
    CHECK_FALSE(console_asset(path));
  }
}

TEST_CASE("the page's policy allows nothing inline and nothing from elsewhere") {
  const std::string policy(console_asset("")->policy);
  CHECK(policy.starts_with("default-src 'none';"));
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(policy.find("http") == std::string::npos);
  CHECK(policy.find('*') == std::string::npos);
  const std::string page(console_asset("")->content);
  CHECK(page.find("style=") == std::string::npos);
  CHECK(page.find("<style") == std::string::npos);
  CHECK(page.find("<script>") == std::string::npos);
}

}  // namespace
}  // namespace kvstore::server
