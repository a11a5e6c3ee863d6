// A peer that answers wrongly, so that a test can see that wrong answers are noticed.
#pragma once

#include <memory>
#include <string>

#include "bench/peers/peer.h"

namespace peers {

// `kind`: "get", "absent", "read", "whole" or "range": whose answers have a flipped bit, or
// exist where they should not.
std::unique_ptr<Peer> flipped_peer(std::unique_ptr<Peer> inner, const std::string& kind);

}  // namespace peers
