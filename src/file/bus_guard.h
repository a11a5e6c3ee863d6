// A mapped file that was cut short or cannot be read raises SIGBUS. With the
// guard installed the process then ends with a message that names the file and
// the offset, and the exit code for I/O errors, instead of a bare signal.
#pragma once

#include <cstddef>
#include <string>

namespace kvstore::file {

// Installs the handler; once, early in main(). exit_code: what the process ends with.
void install_bus_guard(int exit_code);

// Mappings the handler can name. Thread-safe; beyond 64 mappings unnamed.
void register_mapping(const void* base, std::size_t size, const std::string& path);
void unregister_mapping(const void* base);

}  // namespace kvstore::file
