#include "src/wire/wire_parser.h"

namespace kvstore::wire {

WireParser::WireParser(const Limits& limits)
    : limits_(limits), text_(limits, TextParser::Source::kWire) {}

RequestParser::Event WireParser::next() {
  if (!resp_) {
    const Event event = text_.next();
    if (event != Event::kNeedInput || !text_.at_resp()) return event;
    resp_.emplace(limits_, text_.release_input());
    if (text_.finished()) resp_->finish();
  }
  return resp_->next();
}

}  // namespace kvstore::wire
