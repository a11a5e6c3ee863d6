#include "repl/reply_shape.h"

#include "src/command/table.h"

namespace kvstore::repl {

Shape shape_of(std::string_view command_word) {
  const command::Command* known = command::find_command(command_word);
  if (known == nullptr) return Shape::kData;
  if (known->name == "HELP") return Shape::kProse;
  if (known->name == "EXIT" || known->alias_of == "EXIT") return Shape::kFarewell;
  if (known->name == "STATS" || known->name == "INFO") return Shape::kSections;
  return known->name == "HISTORY" ? Shape::kVersions : Shape::kData;
}

}  // namespace kvstore::repl
