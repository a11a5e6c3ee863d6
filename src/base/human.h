// Numbers for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kvstore {

std::string with_commas(std::uint64_t number);                   // 1,234,567
std::string plural(std::uint64_t count, std::string_view noun);  // "1 key", "1,234 keys"
std::string human_size(std::uint64_t bytes);                     // 512 bytes, 4.2 KiB, 1.0 GiB
// "512 B", "4.2 KiB"; or without the blank, as in Redis.
std::string short_size(std::uint64_t bytes, std::string_view blank = " ");

// A time relative to now: "3 min ago", "in 2 h", "5 days ago", "now".
std::string relative_time(std::uint64_t time_us, std::uint64_t now_us);

}  // namespace kvstore
