# What the build needs, each with the Debian package that provides it: all that is
# missing is named at once, in words that can be typed.
set(kv_missing "")
set(kv_missing_packages "")

if(NOT CMAKE_CXX_COMPILER AND "$ENV{CXX}" STREQUAL "")
  find_program(KV_ANY_CXX NAMES c++ g++ clang++)
  if(NOT KV_ANY_CXX)
    message(FATAL_ERROR "There is no C++ compiler. Install it: apt-get install g++")
  endif()
endif()

macro(kv_note_missing name package)
  list(APPEND kv_missing ${name})
  list(APPEND kv_missing_packages ${package})
endmacro()

macro(kv_need name package)
  find_package(${name} QUIET)
  if(NOT ${name}_FOUND)
    kv_note_missing(${name} ${package})
  endif()
endmacro()

# A library that is found through pkg-config.
macro(kv_need_module prefix module package)
  if(PkgConfig_FOUND)
    pkg_check_modules(${prefix} QUIET IMPORTED_TARGET ${module})
  endif()
  if(NOT ${prefix}_FOUND)
    kv_note_missing(${module} ${package})
  endif()
endmacro()

macro(kv_stop_if_missing)
  if(kv_missing)
    list(JOIN kv_missing ", " kv_names)
    list(JOIN kv_missing_packages " " kv_packages)
    message(FATAL_ERROR
      "Not found: ${kv_names}. Install the Debian packages that provide them: "
      "apt-get install ${kv_packages} (or run tools/setup run, with test for the tests).")
  endif()
endmacro()
