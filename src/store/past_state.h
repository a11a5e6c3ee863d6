// The state of a key at an earlier time, for restoring it: the record that counted then, and
// whether it still does.
//
// The state before the key's newest version is the one that the record before left, which may be a
// deletion. As of a seq or a time it is what a read with At would answer. If the expiry of a state
// has passed by now, the key is missing in it.
#pragma once

#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/store/read_view.h"
#include "src/store/store.h"

namespace kvstore {

struct PastState {
  log::Record record;       // `at` is null: the key is missing
  bool is_current = false;  // it is the key's state in the view now
};

// Default `at`: before the newest version. kPurged, kCorrupt. Valid as long as the view's pin.
Result<PastState> past_state(const ReadView& view, std::string_view key, const At& at);

}  // namespace kvstore
