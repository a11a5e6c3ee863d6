# Turns files into a C++ source that holds them, so that the program needs no files beside it:
#   cmake -DFILES="a.js;b.css" -DOUTPUT=files.cpp -P embed.cmake
# The source defines kvstore::server::console_files() (server/console.h).
set(types .html text/html .js text/javascript .css text/css .svg image/svg+xml)
set(rows "")
foreach(file IN LISTS FILES)
  cmake_path(GET file FILENAME name)
  cmake_path(GET file EXTENSION LAST_ONLY extension)
  list(FIND types "${extension}" place)
  if(place EQUAL -1)
    message(FATAL_ERROR "${file}: no content type is known of ${extension} (cmake/embed.cmake)")
  endif()
  math(EXPR place "${place} + 1")
  list(GET types ${place} type)
  file(READ "${file}" content)
  string(SHA256 hash "${content}")
  string(SUBSTRING ${hash} 0 16 hash)
  string(APPEND rows "    {\"${name}\", R\"embedded(${content})embedded\"sv, "
                     "\"${type}; charset=utf-8\", \"\\\"${hash}\\\"\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Made by cmake/embed.cmake.
#include \"server/console_files.h\"

namespace kvstore::server {
namespace {

using namespace std::string_view_literals;

constexpr ConsoleFile kConsoleFiles[] = {
${rows}};

}  // namespace

std::span<const ConsoleFile> console_files() { return kConsoleFiles; }

}  // namespace kvstore::server
")
