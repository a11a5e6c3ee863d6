// Keys whose values refer to damaged bytes of other records (REF): the damage is told of where it
// is, and these answer CORRUPT there, too. A repair marks the bytes where they are, and keeps the
// references.
//
// Reads the values of all keys that refer to something: for a file that is damaged.
#pragma once

#include <functional>

#include "src/log/view.h"
#include "src/maint/report.h"

namespace kvstore::maint {

// Calls `lose` for the value whose newest record is given, if bytes that it refers to cannot be
// read: of the first to the last of them.
void find_referred_loss(const log::View& view, const log::Record& newest,
                        const std::function<void(Loss)>& lose);

}  // namespace kvstore::maint
