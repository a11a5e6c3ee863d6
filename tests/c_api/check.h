/* What the C tests share: checks, and a database of the test's own. */
#ifndef TESTS_C_API_CHECK_H
#define TESTS_C_API_CHECK_H

#include <kvstore/kvstore.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                          \
  do {                                                                                            \
    if (!(condition)) {                                                                           \
      fprintf(stderr, "%s:%d: %s is false; the last error: %s\n", __FILE__, __LINE__, #condition, \
              kvs_last_message());                                                                \
      exit(1);                                                                                    \
    }                                                                                             \
  } while (0)

/* What a call answers, by name. */
#define CODE(expected, call)                                                                    \
  do {                                                                                          \
    const kvs_code got_ = (call);                                                               \
    if (got_ != (expected)) {                                                                   \
      fprintf(stderr, "%s:%d: %s answers %s, not %s; the last error: %s\n", __FILE__, __LINE__, \
              #call, kvs_code_name(got_), kvs_code_name(expected), kvs_last_message());         \
      exit(1);                                                                                  \
    }                                                                                           \
  } while (0)
#define OK(call) CODE(KVS_OK, call)

#define S(text) (text), (sizeof(text) - 1)

/* A path in a directory that only this process has; the same one for the same name. */
const char* path_of(const char* name);
kvs_store* open_new(const char* name);
kvs_store* open_with(const char* name, const kvs_options* options);

/* The value is this text. */
void check_value(kvs_store* store, const char* key, const char* expected);
void put(kvs_store* store, const char* key, const char* value);

void test_calls(void);
void test_conditions(void);
void test_ranges(void);
void test_transactions(void);
void test_following(void);
void test_misuse(void);
void test_lifetimes(void);
void test_threads(void);
#endif
