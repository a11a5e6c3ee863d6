// Options that would do nothing for want of another one.
#pragma once

#include "src/base/status.h"

namespace kvstore::server {

struct Config;

// kUsage: an option that an operator relies on, and that nothing heeds: --tls-clients require
// without a certificate would let everybody in, in plain text.
Status check_config(const Config& config);

}  // namespace kvstore::server
