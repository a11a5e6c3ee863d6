// Lets a visitor see the command line's parsers, to make documents from them: while a visitor is
// set, a
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

// Called before a parse. True: a visitor has seen the App, and the caller should return.
bool show_to_visitor(const CLI::App& app);

}  // namespace kvstore::option_checks
