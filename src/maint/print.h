// Formats a Report as text and as JSON.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "src/maint/report.h"

namespace kvstore::maint {

std::string_view state_name(State state);    // "intact", "torn", "damaged"
std::string_view kind_name(log::Kind kind);  // "SET", ...

// Keys that are rolled back are read from `data`, the mapping of the file. `every_key`: list all of
// them, instead of the first hundred.
std::string describe(const Report& report, const std::uint8_t* data, bool every_key);
// Only what a repair keeps, marks and loses, with the names of the keys.
std::string describe_costs(const Report& report, const std::uint8_t* data, bool every_key);

// The whole report, with all keys.
nlohmann::ordered_json to_json(const Report& report, const std::uint8_t* data);

// The key of the record at `offset`, whose head must be good.
std::string_view key_at(const std::uint8_t* data, std::uint64_t offset);

}  // namespace kvstore::maint
