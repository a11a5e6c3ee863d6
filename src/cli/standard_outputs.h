// Whether stdout and stderr may be written to while a database is open.
#pragma once

#include <string>

#include "src/base/status.h"

namespace kvstore::cli {

// kUsage if either is the file of `database` (`kvstore data.bin GET a 1<>data.bin`), or
// another kvstore file. A stderr that is one is closed first, so that the message about
// it does no damage either: it goes to stdout then, if that is not one too.
Status check_standard_outputs(const std::string& database);

}  // namespace kvstore::cli
