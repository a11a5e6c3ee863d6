// A server that is no kvstore, as far as its answers tell.
#pragma once

#include "src/base/status.h"

namespace kvstore::wire {

// kNetwork, of one that took a line of text for an inline command of RESP.
Error answers_in_resp();

}  // namespace kvstore::wire
