// A Report in words and as JSON.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "src/maint/report.h"

namespace kvstore::maint {

std::string_view state_name(State state);    // "intact", "torn", "damaged"
std::string_view kind_name(log::Kind kind);  // "SET", ...

// Keys stay in the file: `data` is its mapping, for those rolled back.
// `every_key`: lists all of those, else the first hundred.
std::string describe(const Report& report, const std::uint8_t* data, bool every_key);
// Only what a repair keeps, marks and loses, each key by name.
std::string describe_costs(const Report& report, const std::uint8_t* data, bool every_key);

// All of it, every key.
nlohmann::ordered_json to_json(const Report& report, const std::uint8_t* data);

// The key of the record at `offset`, whose head is known to be good.
std::string_view key_at(const std::uint8_t* data, std::uint64_t offset);

}  // namespace kvstore::maint
