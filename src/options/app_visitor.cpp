#include "src/options/app_visitor.h"

#include <utility>

namespace kvstore::option_checks {
namespace {

std::function<void(const CLI::App&)> current_visit;

}  // namespace

AppVisitor::AppVisitor(std::function<void(const CLI::App&)> visit) {
  current_visit = std::move(visit);
}

AppVisitor::~AppVisitor() { current_visit = nullptr; }

bool show_to_visitor(const CLI::App& app) {
  if (!current_visit) return false;
  current_visit(app);
  return true;
}

}  // namespace kvstore::option_checks
