// The same as an export of a file, of what a server has: by its commands, as one of its users.
//
// All of it is of one moment, that of a read-only transaction on one connection, which a server
// ends after its --transaction-time (60 s, if it was not told otherwise): an export that takes
// longer fails, and has written a part.
//
// Keys are asked for some hundred at a time, and their values together: a round trip or two for
// them all, whatever the distance. Memory is that of so many short values, or of one long one.
#pragma once

#include "src/client/address.h"
#include "src/transfer/export.h"

namespace kvstore::transfer {

// `options` without a moment and a history, which a server has no such commands for. As
// export_to(), and the errors of connecting and of commands: kNetwork, kNoAuth, kNoPerm, kAborted.
Result<ExportReport> export_from(const client::Address& address,
                                 const client::Credentials& credentials,
                                 const ExportOptions& options, Sink& sink);

}  // namespace kvstore::transfer
