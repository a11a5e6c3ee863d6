// What a report says of a file as a whole: its header page, and where its log ends.
#pragma once

#include "src/maint/report.h"
#include "src/maint/source.h"
#include "src/maint/walk.h"

namespace kvstore::maint {

void describe_page(const Source& source, Report* report);
void describe_log(const Source& source, const Walked& walked, Report* report);

}  // namespace kvstore::maint
