// How documents are made of what the command line's parsers are told: while a visitor is there, a
// parser shows it its App instead of parsing, and the subcommand ends.
//
// Thread rule: one thread.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace kvstore::option_checks {

class AppVisitor {
 public:
  explicit AppVisitor(std::function<void(const CLI::App&)> visit);
  ~AppVisitor();
  AppVisitor(const AppVisitor&) = delete;
  AppVisitor& operator=(const AppVisitor&) = delete;
};

// Before a parse. True: a visitor has seen it, and nothing is to be done.
bool show_to_visitor(const CLI::App& app);

}  // namespace kvstore::option_checks
