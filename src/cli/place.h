// Where a server is and who asks: the one way in which every subcommand that is a client is told.
//
//   7878   db.example:7878   [::1]:7878
//   kvstore://[USER[:PASSWORD]@]HOST[:PORT]      kvstores:// for TLS
//   unix:PATH, unix:///PATH, or where nothing else can be meant a word with a slash
//
// Nothing said: $KVSTORE_URL, and without that 127.0.0.1:7878. In a URL the parts of a user and a
// password are percent-encoded. A password may stand in $KVSTORE_URL only, for others can read a
// command line.
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

// Of one of the forms above. kUsage, with what is wrong and how it is written.
Result<Place> parse_place(std::string_view word);

// Whether a word has the shape of a place, and not of a command or of a file. `paths`: one
// with a slash is a place, too.
bool looks_like_place(std::string_view word, bool paths);

// --user, --password-file and those of TLS.
class ConnectionOptions {
 public:
  // Must outlive `app`.
  void add_to(CLI::App& app);
  // Where one of them was given nothing is done without a server.
  bool any_given() const;

  // `word`: as it was given; empty: nothing was said. The password comes from --password-file, the
  // URL or $KVSTORE_PASSWORD. kUsage; errors of reading files.
  Result<Place> place(const std::string& word) const;

 private:
  std::string user_, password_file_;
  bool uses_tls_ = false;
  tls::ClientFiles tls_;
};

}  // namespace kvstore::cli
