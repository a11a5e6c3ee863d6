#include "repl/reply_shape.h"

#include "src/command/words.h"

namespace kvstore::repl {

namespace {

Shape shape_of_compact(command::Args argv) {
  const std::string_view verb = argv.size() > 1 ? argv[1] : std::string_view();
  if (command::same_word(verb, "STATUS")) return Shape::kSections;
  const bool is_ok = command::same_word(verb, "START") || command::same_word(verb, "STOP");
  return is_ok ? Shape::kData : Shape::kCompacted;
}

}  // namespace

Shape shape_of(command::Args argv) {
  const command::Command* known = command::find_command(argv[0]);
  if (known == nullptr) return Shape::kData;
  const std::string_view name = command::original(*known).name;
  if (name == "HELP") return Shape::kProse;
  if (name == "EXIT") return Shape::kExit;
  if (name == "STATS") return Shape::kSections;
  if (name == "HISTORY") return Shape::kVersions;
  if (name == "DIFF") return Shape::kChanges;
  if (name == "UNDO") return Shape::kRestored;
  if (name == "BACKUP") return Shape::kBackedUp;
  if (name == "COMPACT") return shape_of_compact(argv);
  if (name == "SCAN") return Shape::kCursor;
  if (name == "SCRUB" && argv.size() > 1 && command::same_word(argv[1], "STATUS")) {
    return Shape::kSections;
  }
  if (name == "ZPOPMIN" || name == "ZPOPMAX") return Shape::kScores;
  if (command::gives_option(*known, argv, "WITHSCORES")) return Shape::kScores;
  if (command::gives_option(*known, argv, "META")) return Shape::kMeta;
  if (known->has(command::kWrite) && !known->has(command::kTransaction)) return Shape::kWritten;
  return command::gives_option(*known, argv, "VALUES") ? Shape::kPairs : Shape::kData;
}

const Error* failed_item(const command::Reply& reply) {
  for (const command::Reply& item : reply.items) {
    if (item.kind == command::Reply::Kind::kError) return &item.error;
  }
  return nullptr;
}

}  // namespace kvstore::repl
