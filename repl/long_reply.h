// Shows replies that are too long to be held, in pieces where the format allows it.
#pragma once

#include "repl/output.h"
#include "repl/render.h"
#include "src/command/reply.h"

namespace kvstore::repl {

// Whether the reply can be shown in pieces: items in every format but --ack, a value if its bytes
// are written unchanged.
bool shows_in_pieces(const command::Reply& reply, const Look& look, Shape shape);

// Writes all of reply.stream to `output`, until the output has no reader or Ctrl-C. An error: it
// broke off, and only its begin was written.
Status show_in_pieces(const command::Reply& reply, const Look& look, Shape shape, Output& output);

// For other formats: reads all of the stream into the reply, which becomes an error if that fails.
void hold_stream(command::Reply* reply);

}  // namespace kvstore::repl
