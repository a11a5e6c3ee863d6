// HTTP requests out of any bytes, however they are cut into pieces. What must hold:
//
//   - fed in pieces, the parser finds what it finds in the whole, and after an error nothing;
//   - its limits hold;
//   - a request that was understood, said again plainly, is understood as the same: so no other
//     reader finds its end elsewhere;
//   - targets, ranges, conditions and bodies are taken apart, or refused.
//
// The first byte of an input chooses the limits, the second how it is cut, as in parse_check.h.
#pragma once

#include "tests/fuzz/finding.h"
#include "tests/fuzz/parse_check.h"

namespace kvstore::fuzz {

Finding check_http(Input input, const FeedHook& hook = {});

}  // namespace kvstore::fuzz
