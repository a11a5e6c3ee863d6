// Recognises servers other than kvstore by their replies.
#pragma once

#include "src/base/status.h"

namespace kvstore::wire {

// The kNetwork error for a server that took a line of text for an inline command of RESP.
Error answers_in_resp();

}  // namespace kvstore::wire
