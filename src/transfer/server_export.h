// Exports a server's keys by its commands, as one of its users, in the same formats as a file's.
//
// Everything is of one moment, that of a read-only transaction on one connection. A server ends
// such
// a transaction after its --transaction-time (60 s by default): an export that takes longer fails,
// and has written a part.
//
// Keys are requested several hundred at a time, and their values together, which takes a round trip
// or two for each page. Takes memory for a page of short values, or for one long value.
#pragma once

#include "src/client/address.h"
#include "src/transfer/export.h"

namespace kvstore::transfer {

// `options` must have no moment and no history, which a server has no such commands for. The errors
// are export_to()'s, and those of connecting and of commands: kNetwork, kNoAuth, kNoPerm, kAborted.
Result<ExportReport> export_from(const client::Address& address,
                                 const client::Credentials& credentials,
                                 const ExportOptions& options, Sink& sink);

}  // namespace kvstore::transfer
