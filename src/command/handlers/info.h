// The text of STATS and INFO: "# Section" headings and "name:value" lines.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/command/table.h"

namespace kvstore {
class Store;
struct Stats;
}  // namespace kvstore

namespace kvstore::command {

class Session;

// Of info_for_people(), in order.
std::span<const std::string_view> info_sections();
// One of them, or all, everything, default. Ignores case.
bool is_info_section(std::string_view word);

// What is wrong now, a sentence each. `met`: damage that a server's reads have met; empty: none.
std::vector<std::string> warnings_of(Store& store, const Stats& stats, const std::string& met);

// What the shell and the text protocol show. No sections: all of them.
std::string info_for_people(Session& session, Args sections);
// What Redis' tools and monitors read: its sections and field names, then those of
// the store; lines end in CRLF. A section that is not known has no lines.
std::string info_for_redis(Session& session, Args sections);

}  // namespace kvstore::command
