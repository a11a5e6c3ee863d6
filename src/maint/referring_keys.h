// Keys whose values refer to damaged bytes of other records (REF). The damage is reported at its
// place, and these keys answer CORRUPT there, too. A repair marks the bytes in place, and keeps the
// references.
//
// Reads the values of all keys with references, so it is for damaged files only.
#pragma once

#include <functional>

#include "src/log/view.h"
#include "src/maint/report.h"

namespace kvstore::maint {

// Calls `lose` for the value with this newest record if bytes that it refers to cannot be read,
// with the range from the first to the last of them.
void find_referred_loss(const log::View& view, const log::Record& newest,
                        const std::function<void(Loss)>& lose);

}  // namespace kvstore::maint
