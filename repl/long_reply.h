// Replies too long to be held: shown piece by piece where the look allows it.
#pragma once

#include "repl/output.h"
#include "repl/render.h"
#include "src/command/reply.h"

namespace kvstore::repl {

// Whether it is shown as it comes: items in each look but --ack's, a value where its bytes go out
// as they are.
bool shows_in_pieces(const command::Reply& reply, const Look& look, Shape shape);

// Writes all of reply.stream to `output`, until its reader goes away or Ctrl-C. An error: it
// broke, and what was written of it is only its beginning.
Status show_in_pieces(const command::Reply& reply, const Look& look, Shape shape, Output& output);

// For every other look: takes all of the stream into the reply, which is an error if that breaks.
void hold_stream(command::Reply* reply);

}  // namespace kvstore::repl
