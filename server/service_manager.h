// Notifies systemd of a Type=notify service (the protocol of sd_notify(3)).
#pragma once

#include <string_view>

namespace kvstore::server {

// Sends "READY=1" or "STOPPING=1" to the socket that $NOTIFY_SOCKET names. No effect if there is
// none.
void tell_service_manager(std::string_view state);

}  // namespace kvstore::server
