// What a key was, for who puts it back: the record that counted then, and whether it still does.
//
// The state before the key's newest version is the one that the record before it left, be that a
// deletion. As of a seq or a time it is what a read with At would answer. A state whose expiry has
// passed by now is none any more: the key is missing in it.
#pragma once

#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/store/read_view.h"
#include "src/store/store.h"

namespace kvstore {

struct PastState {
  log::Record record;       // `at` is null: the key is missing
  bool is_current = false;  // it is what the view shows of the key now
};

// Default `at`: before the newest version. kPurged, kCorrupt. Lives as long as the view's pin.
Result<PastState> past_state(const ReadView& view, std::string_view key, const At& at);

}  // namespace kvstore
