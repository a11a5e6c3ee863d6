// The address of a server and the credentials, in the same form for all subcommands that are
// clients:
//
//   7878   db.example:7878   [::1]:7878
//   kvstore://[USER[:PASSWORD]@]HOST[:PORT]      kvstores:// for TLS
//   unix:PATH, unix:///PATH, or a word with a slash if nothing else can be meant
//
// Default: $KVSTORE_URL, or 127.0.0.1:7878. User and password in a URL are percent-encoded. A
// password is allowed in $KVSTORE_URL only, because others can read a command line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/client/address.h"
#include "src/tls/context.h"

namespace CLI {
class App;
}

namespace kvstore::cli {

struct Place {
  client::Address address;
  client::Credentials credentials;
};

// Parses one of the forms above. kUsage, with the problem and the syntax.
Result<Place> parse_place(std::string_view word);

// Whether a word looks like a place, and not like a command or a file. `paths`: words with a slash
// are places, too.
bool looks_like_place(std::string_view word, bool paths);

// --user, --password-file and the options for TLS.
class ConnectionOptions {
 public:
  // Must outlive `app`.
  void add_to(CLI::App& app);
  // Whether one of them was given, which requires a server.
  bool any_given() const;

  // `word` is the given address; empty: none. The password comes from --password-file, the URL or
  // $KVSTORE_PASSWORD. kUsage; errors of reading files.
  Result<Place> place(const std::string& word) const;

 private:
  std::string user_, password_file_;
  bool uses_tls_ = false;
  tls::ClientFiles tls_;
};

}  // namespace kvstore::cli
