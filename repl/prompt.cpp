#include "repl/prompt.h"

#include <fmt/core.h>

#include "src/base/human.h"
#include "src/command/quote.h"

namespace kvstore::repl {

using What = wire::Pending::What;

std::string prompt_for(const wire::Pending& pending, std::string_view name, bool in_transaction) {
  switch (pending.what) {
    case What::kBytes:
      if (pending.bytes == 0) return "Enter ends the value, Ctrl-C cancels>";
      return fmt::format("{} to come, Ctrl-C cancels>", plural(pending.bytes, "byte"));
    case What::kBlock:
      return fmt::format("... to {}>", command::escape_controls(pending.sentinel));
    case What::kLine:
    case What::kBulk: return "...>";
    case What::kNothing: break;
  }
  return command::escape_controls(name) + (in_transaction ? "*>" : ">");
}

LineEditor::Takes takes_for(const wire::Pending& pending) {
  switch (pending.what) {
    case What::kBytes: return LineEditor::Takes::kBytes;
    case What::kBlock: return LineEditor::Takes::kLines;
    default: return LineEditor::Takes::kCommand;
  }
}

}  // namespace kvstore::repl
