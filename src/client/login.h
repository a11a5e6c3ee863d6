// AUTH, as the first request of a connection.
#pragma once

#include <string>

#include "src/client/address.h"
#include "src/command/reply.h"
#include "src/wire/reply_parser.h"

namespace kvstore::client {

// Appends the request; false: there is no password, so nothing is asked and nothing answered.
// Without a user it is the form that every Redis knows.
bool append_login(const Credentials& credentials, wire::Protocol protocol, std::string* out);

// What the answer to it means: kWrongPass and others of AUTH.
Status check_login(const command::Reply& answer);

}  // namespace kvstore::client
