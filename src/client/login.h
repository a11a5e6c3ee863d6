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

// What the answer to it means, in the words of connection_error(): kWrongPass and others of AUTH.
Status check_login(const command::Reply& answer, const Address& address);

// What the answer to HELLO, in the text protocol, says of who gave it, in the words of
// connection_error(). kNetwork: it is no kvstore; kNoAuth: it wants a password; what else it refuses.
Status check_greeting(const command::Reply& answer, const Address& address);

// An error in words for who has given the server's address and options on a command line: a
// password that is needed or wrong names the options, and a TLS port that was sent plain text is
// kNetwork, as no request can help. Others as they are.
Error connection_error(Error error, const Address& address);

}  // namespace kvstore::client
