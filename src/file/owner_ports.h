// What the ports of a process that holds a lock are for, as its command line says. Nobody is asked.
#pragma once

#include <string>
#include <vector>

namespace kvstore::file {

struct OwnerPorts {
  std::string text;   // of the text protocol, in the clear; empty: none that is known
  std::string tls;    // likewise, by TLS
  std::string http;   // where a browser reads, as a URL
  bool is_known = false;  // what each of them is for; else it may be any of them
};

// `arguments` of a `kvstore FILE --listen ...` and the addresses on which it listens. A port that
// is named in a configuration file or in the environment is not known.
OwnerPorts find_owner_ports(const std::vector<std::string>& arguments,
                            const std::vector<std::string>& listening);

}  // namespace kvstore::file
