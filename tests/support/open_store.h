// A store in a test: opened, or the test fails; and what its keys answer, in words.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "src/store/store.h"
#include "tests/support/sim_files.h"

namespace kvstore::testing {

std::unique_ptr<Store> open_store(const std::string& path, const Options& options = {});
// "a.bin" on a simulated disk.
std::unique_ptr<Store> open_store(SimFiles& files, Options options = {});

inline At at_seq(std::uint64_t seq) { return {.seq = seq, .time_us = {}}; }
inline At at_time(std::uint64_t time_us) { return {.seq = {}, .time_us = time_us}; }

std::string name_of(const Error& error);  // "error CORRUPT"
// The value, "(nil)" or name_of() the error.
std::string get(Store& store, std::string_view key, const At& at = {});

}  // namespace kvstore::testing
