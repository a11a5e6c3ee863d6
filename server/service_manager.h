// What systemd is told of a service of Type=notify (sd_notify(3)'s protocol).
#pragma once

#include <string_view>

namespace kvstore::server {

// "READY=1", "STOPPING=1": to the socket that $NOTIFY_SOCKET names. Nothing if there is none.
void tell_service_manager(std::string_view state);

}  // namespace kvstore::server
