// The handlers of the rows of routes.cpp.
#pragma once

#include <cstdint>

#include "server/http/exchange.h"

namespace kvstore::server::http {

// keys.cpp: single keys
void get_key(Exchange& exchange);
void put_key(Exchange& exchange);
void append_key(Exchange& exchange);
void delete_key(Exchange& exchange);
// listing.cpp
inline constexpr std::int64_t kMostListed = 1000;  // limit for the keys of a page
void list_keys(Exchange& exchange);
// follow.cpp: server-sent events
void follow_key(Exchange& exchange);
void follow_prefix(Exchange& exchange);
void append_error_event(const Error& error, std::string* out);  // the last event of a stream
// commands.cpp
void run_command(Exchange& exchange);
void list_commands(Exchange& exchange);
// batch.cpp
void run_batch(Exchange& exchange);
// pages.cpp
void show_health(Exchange& exchange);
void show_readiness(Exchange& exchange);
void show_metrics(Exchange& exchange);
void show_console(Exchange& exchange);
void move_to_console(Exchange& exchange);
// space_map.cpp
void show_space_map(Exchange& exchange);
// openapi.cpp
void show_openapi(Exchange& exchange);

}  // namespace kvstore::server::http
