// Bytes that nobody may touch, if AddressSanitizer looks; otherwise nothing.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__has_feature)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif
