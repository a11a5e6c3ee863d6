#include "src/index/tail_hints.h"

#include "src/index/zeroed_memory.h"

namespace kvstore::index {

TailHints::TailHints() : places_(static_cast<Place*>(map_zeroed(kPlaces * sizeof(Place)))) {}

TailHints::~TailHints() { unmap(places_, kPlaces * sizeof(Place)); }

}  // namespace kvstore::index
