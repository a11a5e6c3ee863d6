// Opening a file of any bytes: reading all of it, writing on, opening it again.
// What must hold whatever the bytes are:
//
//   - a read-only open changes nothing;
//   - what a key answered before a close it answers after the next open, unless verify finds
//     that the index says what the log does not (forged, with right checks);
// and of a file that verify calls intact or torn (records can be made up so that
// their checksums are right and what they say of each other is wrong):
//   - READ and STRLEN agree with GET, and COUNT with the list of keys;
//   - an append answers the old length and its own, and GET the old bytes and its own.
#pragma once

#include <functional>
#include <string>

#include "tests/fuzz/finding.h"

namespace kvstore::fuzz {

struct OpenHooks {
  // Where a test plants a bug: what the file is between close and reopen.
  std::function<void(std::string* file)> while_closed;
};

Finding check_open(Input input, const OpenHooks& hooks = {});

}  // namespace kvstore::fuzz
