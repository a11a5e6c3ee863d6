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

// The sections of info_for_people(), in order.
std::span<const std::string_view> info_sections();
// Whether the word is a section, or "all", "everything", "default". Ignores case.
bool is_info_section(std::string_view word);

// The present problems, one sentence each. `met`: damage found by a server's reads; empty: none.
std::vector<std::string> warnings_of(Store& store, const Stats& stats, const std::string& met);

// INFO for the shell and the text protocol. No sections: all of them.
std::string info_for_people(Session& session, Args sections);
// INFO for Redis' tools and monitors: Redis' sections and fields, then those of the store; lines
// end in CRLF. An unknown section has no lines.
std::string info_for_redis(Session& session, Args sections);

}  // namespace kvstore::command
