#include "src/wire/wire_parser.h"

namespace kvstore::wire {

WireParser::WireParser(const Limits& limits)
    : limits_(limits), text_(limits, TextParser::Source::kWire) {}

void WireParser::set_limits(const Limits& limits) {
  limits_ = limits;
  text_.set_limits(limits);
  if (resp_) resp_->set_limits(limits);
}

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
