#include "repl/intent.h"

#include "src/command/table.h"
#include "src/wire/text_parser.h"

namespace kvstore::repl {
namespace {

void add(std::string_view word, Intent* intent) {
  const command::Command* known = command::find_command(word);
  if (known == nullptr) return;  // it will be refused
  const bool reads = known->has(command::kRead);
  intent->reads |= reads;
  // Administrative commands that do not merely read may need to write.
  const bool administers = known->has(command::kAdmin) && !reads;
  // The writes of COMMIT come before it. A blocking command must not lock out the writer that it
  // waits for.
  const bool writes = known->has(command::kWrite) && !known->has(command::kTransaction) &&
                      !known->has(command::kBlocking);
  intent->writes |= writes || administers;
}

}  // namespace

Intent intent_of(const std::vector<std::string>& argv) {
  Intent intent;
  if (!argv.empty()) add(argv.front(), &intent);
  return intent;
}

Intent intent_of_text(std::string_view text) {
  using Event = wire::RequestParser::Event;
  Intent intent;
  wire::TextParser parser;
  parser.feed(text);
  for (Event event = parser.next(); !intent.writes; event = parser.next()) {
    if (event == Event::kRequest) add(parser.request().argv.front(), &intent);
    if (event == Event::kNeedInput || event == Event::kEnd || event == Event::kFatal) break;
  }
  using What = wire::Pending::What;
  const What pending = parser.pending().what;
  intent.writes |= pending == What::kBytes || pending == What::kBlock;
  return intent;
}

}  // namespace kvstore::repl
