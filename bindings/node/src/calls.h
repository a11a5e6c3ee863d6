// The module's functions, by their subject. Each file adds its own to the exports.
#pragma once

#include <node_api.h>

#include <vector>

#include "bindings/node/src/arguments.h"

namespace kvstore::node {

struct Export {
  const char* name;
  napi_callback function;
};
using Exports = std::vector<Export>;

void export_values(Exports& exports);       // one key: get, put, ...
void export_queries(Exports& exports);      // several keys, the information on one, whole stores
void export_ranges(Exports& exports);       // iterators
void export_feeds(Exports& exports);        // following changes
void export_lifecycle(Exports& exports);    // open, close, snapshots, transactions
void export_maintenance(Exports& exports);  // compact, backup, stats
void export_commands(Exports& exports);     // any command of the table

}  // namespace kvstore::node
