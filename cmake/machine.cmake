# Says clearly, before anything fails obscurely, where kvstore cannot be built.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(oldest 12)
elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  set(oldest 15)
else()
  set(oldest 0)
endif()
if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS oldest)
  message(FATAL_ERROR
    "kvstore is C++20 and needs g++ 12 or clang++ 15, or newer; ${CMAKE_CXX_COMPILER} is "
    "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}. Name another one with "
    "CXX=g++-12 make run (after make clean).")
endif()

if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
  message(FATAL_ERROR "kvstore runs on Linux; this is ${CMAKE_SYSTEM_NAME}.")
endif()
if(NOT CMAKE_SIZEOF_VOID_P EQUAL 8 OR NOT CMAKE_CXX_BYTE_ORDER STREQUAL "LITTLE_ENDIAN")
  message(FATAL_ERROR
    "kvstore maps its file into memory as it is, so it needs a 64-bit little-endian machine "
    "(x86-64 or arm64); the compiler builds for ${CMAKE_SYSTEM_PROCESSOR}.")
endif()
