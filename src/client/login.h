// AUTH, the first request of a connection.
#pragma once

#include <string>

#include "src/client/address.h"
#include "src/command/reply.h"
#include "src/wire/reply_parser.h"

namespace kvstore::client {

// Appends the request; false: there is no password, so there is no request and no reply. Without a
// user it has the form that every Redis version supports.
bool append_login(const Credentials& credentials, wire::Protocol protocol, std::string* out);

// The result of AUTH, as by connection_error(): kWrongPass and others of AUTH.
Status check_login(const command::Reply& answer, const Address& address);

// Checks the reply to HELLO in the text protocol; errors as by connection_error(). kNetwork: it is
// not a kvstore server; kNoAuth: it requires a password; other refusals.
Status check_greeting(const command::Reply& answer, const Address& address);

// An error for users who gave the server's address and options on a command line: a missing or
// wrong password names the options, and a TLS port that got plain text is kNetwork, because no
// request can help. Other errors are unchanged.
Error connection_error(Error error, const Address& address);

}  // namespace kvstore::client
