// Checks that stdout and stderr may be written while a database is open.
#pragma once

#include <string>

#include "src/base/status.h"

namespace kvstore::cli {

// kUsage if either is the file of `database` (`kvstore data.bin GET a 1<>data.bin`), or another
// kvstore file. Such a stderr is closed first, so that the error message does no damage: it goes to
// stdout, unless that is one, too.
Status check_standard_outputs(const std::string& database);

}  // namespace kvstore::cli
