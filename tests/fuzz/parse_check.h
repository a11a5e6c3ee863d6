// The parsers on any bytes, however they are cut into pieces. What must hold:
//
//   - fed in pieces, a parser finds what it finds in the whole;
//   - its limits hold: no request is larger than they say;
//   - text: every line is counted; the same words sent as RESP are the same words;
//   - replies: what was understood, said again, is understood as the same.
//
// The first byte of an input chooses the limits (even: the real ones, odd: tiny
// ones), the second how it is cut.
#pragma once

#include <functional>
#include <string_view>

#include "tests/fuzz/finding.h"

namespace kvstore::fuzz {

// Where a test plants a bug: what is fed for a piece. Nothing: the piece itself.
using FeedHook = std::function<std::string_view(std::string_view piece)>;

Finding check_text(Input input, const FeedHook& hook = {});
Finding check_resp(Input input, const FeedHook& hook = {});
Finding check_reply(Input input, const FeedHook& hook = {});

}  // namespace kvstore::fuzz
