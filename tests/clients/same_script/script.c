/* same_script_c FILE: commands as RESP on stdin, a line of JSON for each on stdout, by the calls of
 * libkvstore. What has no call is {"left":true}. */
#include <inttypes.h>
#include <kvstore/kvstore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kMostWords = 16 };

typedef struct word {
  char* bytes;
  size_t size;
} word;

static kvs_store* db;
static kvs_txn* txn; /* NULL: none is open */

/* ---- input */

static long read_number(char mark) {
  long number;
  if (getchar() != mark || scanf("%ld", &number) != 1 || getchar() != '\r' || getchar() != '\n')
    return -1;
  return number;
}

static int read_words(word* words) {
  const long count = read_number('*');
  if (count < 1 || count > kMostWords) return 0;
  for (long i = 0; i < count; ++i) {
    const long size = read_number('$');
    if (size < 0) return 0;
    words[i].size = (size_t)size;
    words[i].bytes = malloc((size_t)size + 3);
    if (fread(words[i].bytes, 1, (size_t)size + 2, stdin) != (size_t)size + 2) return 0;
    words[i].bytes[size] = '\0';
  }
  return (int)count;
}

static int is(word given, const char* text) { return strcmp(given.bytes, text) == 0; }

/* ---- output */

static void print_bytes(const void* bytes, size_t size) {
  printf("{\"hex\":\"");
  for (size_t i = 0; i < size; ++i) printf("%02x", ((const unsigned char*)bytes)[i]);
  printf("\"}");
}

/* What is no value: true. */
static int printed(kvs_code code) {
  if (code == KVS_OK) return 0;
  if (code == KVS_MISSING) printf("null");
  if (code != KVS_MISSING) printf("{\"error\":\"%s\"}", kvs_code_name(code));
  return 1;
}

static void print_done(kvs_code code) {
  if (!printed(code)) printf("\"OK\"");
}

static void print_value(kvs_code code, void* value, size_t size) {
  if (printed(code)) return;
  print_bytes(value, size);
  kvs_free(value);
}

/* ---- commands */

static const kvs_at* at_of(const word* words, int count, int place, kvs_at* at) {
  if (count <= place) return NULL;
  at->kind = KVS_AT_SEQ;
  at->value = strtoull(words[place + 1].bytes, NULL, 10);
  return at;
}

static void get(const word* words, int count) {
  void* value = NULL;
  size_t size = 0;
  kvs_at at;
  const word key = words[1];
  const kvs_code code =
      txn ? kvs_txn_get(txn, key.bytes, key.size, &value, &size)
          : kvs_get(db, key.bytes, key.size, at_of(words, count, 2, &at), &value, &size);
  print_value(code, value, size);
}

static void read_part(const word* words, int count) {
  void* value = NULL;
  size_t size = 0;
  kvs_at at;
  const kvs_code code =
      kvs_read(db, words[1].bytes, words[1].size, strtoll(words[2].bytes, NULL, 10),
               strtoull(words[3].bytes, NULL, 10), at_of(words, count, 4, &at), &value, &size);
  print_value(code, value, size);
}

static kvs_code find(word key, kvs_key_info* info) {
  return txn ? kvs_txn_stat(txn, key.bytes, key.size, info)
             : kvs_stat(db, key.bytes, key.size, NULL, info);
}

static void exists(word key) {
  const kvs_code code = find(key, NULL);
  if (code == KVS_OK || code == KVS_MISSING)
    printf("%d", code == KVS_OK);
  else
    printed(code);
}

static void length(word key) {
  kvs_key_info info = {0};
  const kvs_code code = find(key, &info);
  if (code == KVS_MISSING)
    printf("0");
  else if (!printed(code))
    printf("%" PRIu64, info.size);
}

static void ttl(word key) {
  int64_t ms = 0;
  const kvs_code code = kvs_ttl(db, key.bytes, key.size, &ms);
  if (code == KVS_MISSING)
    printf("-2");
  else if (!printed(code))
    printf("%" PRId64, ms < 0 ? -1 : (ms + 500) / 1000);
}

static void set(const word* words, int count) {
  kvs_write_options options = {.size = sizeof options};
  if (count == 4) options.condition = is(words[3], "NX") ? KVS_IF_ABSENT : KVS_IF_PRESENT;
  if (count == 5) {
    options.ttl_ms = strtoull(words[4].bytes, NULL, 10) * (is(words[3], "PX") ? 1 : 1000);
  }
  const kvs_code code =
      txn ? kvs_txn_put(txn, words[1].bytes, words[1].size, words[2].bytes, words[2].size, &options)
          : kvs_put(db, words[1].bytes, words[1].size, words[2].bytes, words[2].size, &options,
                    NULL);
  print_done(code == KVS_EXISTS ? KVS_MISSING : code);
}

static void append(word key, word value) {
  kvs_written written = {0};
  const kvs_code code =
      txn ? kvs_txn_append(txn, key.bytes, key.size, value.bytes, value.size, &written.total)
          : kvs_append(db, key.bytes, key.size, value.bytes, value.size, NULL, &written);
  if (!printed(code)) printf("%" PRIu64, written.total);
}

static void erase(word key) {
  print_done(txn ? kvs_txn_delete(txn, key.bytes, key.size)
                 : kvs_delete(db, key.bytes, key.size, NULL, NULL));
}

/* `seconds`: from now; NULL: never. */
static void expire(word key, const char* seconds) {
  uint64_t now_us = 0;
  kvs_now(db, &now_us);
  const uint64_t then = seconds ? now_us / 1000 + strtoull(seconds, NULL, 10) * 1000 : 0;
  const kvs_code code = kvs_expire(db, key.bytes, key.size, then, NULL, NULL);
  if (code == KVS_OK || code == KVS_MISSING)
    printf("%d", code == KVS_OK);
  else
    printed(code);
}

static void prefix(const word* words, int count) {
  kvs_range range = {.size = sizeof range, .prefix = words[1].bytes, .prefix_size = words[1].size};
  int has_values = 0, backwards = 0;
  long limit = -1;
  word after = {NULL, 0};
  for (int i = 2; i < count; ++i) {
    if (is(words[i], "VALUES")) has_values = 1;
    if (is(words[i], "REV")) backwards = 1;
    if (is(words[i], "LIMIT")) limit = strtol(words[++i].bytes, NULL, 10);
    if (is(words[i], "AFTER")) after = words[++i];
  }
  /* The first key after another is that one and a zero, which follows it in memory. */
  range.lower = after.bytes;
  range.lower_size = after.bytes ? after.size + 1 : 0;
  kvs_iterator* each = NULL;
  if (printed(txn ? kvs_txn_iterator(txn, &range, &each) : kvs_iterator_open(db, &range, &each))) {
    return;
  }
  const char* between = "[";
  while (limit-- != 0 &&
         (backwards ? kvs_iterator_prev(each) : kvs_iterator_next(each)) == KVS_OK) {
    const void* bytes = NULL;
    size_t size = 0;
    printf("%s", between);
    kvs_iterator_key(each, &bytes, &size);
    print_bytes(bytes, size);
    between = ",";
    if (!has_values) continue;
    kvs_iterator_value(each, &bytes, &size);
    printf(",");
    print_bytes(bytes, size);
  }
  printf("%s]", *between == '[' ? "[" : "");
  kvs_iterator_close(each);
}

static void history(word key) {
  static const char* const names[] = {"set",  "append", "delete", "expire",
                                      "hole", "gap",    "cut",    "clear"};
  kvs_history_entry* entries = NULL;
  size_t count = 0;
  if (printed(kvs_history(db, key.bytes, key.size, 1000, &entries, &count))) return;
  printf("[");
  for (size_t i = 0; i < count; ++i) {
    printf("%s[null,null,", i > 0 ? "," : "");
    print_bytes(names[entries[i].change], strlen(names[entries[i].change]));
    printf(",%" PRIu64 "]", entries[i].size);
  }
  printf("]");
  kvs_free(entries);
}

static void undo(word key) {
  uint64_t seq = 0;
  if (!printed(kvs_undo(db, key.bytes, key.size, NULL, &seq))) printf("%" PRIu64, seq);
}

static void end_txn(int keeps) {
  print_done(keeps ? kvs_txn_commit(txn, true, NULL) : kvs_txn_rollback(txn));
  kvs_txn_close(txn);
  txn = NULL;
}

static void run(const word* words, int count) {
  const word name = words[0];
  uint64_t keys = 0;
  if (is(name, "GET"))
    get(words, count);
  else if (is(name, "READ"))
    read_part(words, count);
  else if (is(name, "EXISTS"))
    exists(words[1]);
  else if (is(name, "STRLEN"))
    length(words[1]);
  else if (is(name, "TTL"))
    ttl(words[1]);
  else if (is(name, "SET"))
    set(words, count);
  else if (is(name, "APPEND"))
    append(words[1], words[2]);
  else if (is(name, "DELETE"))
    erase(words[1]);
  else if (is(name, "EXPIRE"))
    expire(words[1], words[2].bytes);
  else if (is(name, "PERSIST"))
    expire(words[1], NULL);
  else if (is(name, "PREFIX"))
    prefix(words, count);
  else if (is(name, "HISTORY"))
    history(words[1]);
  else if (is(name, "UNDO"))
    undo(words[1]);
  else if (is(name, "BEGIN"))
    print_done(kvs_txn_begin(db, NULL, &txn));
  else if (is(name, "COMMIT"))
    end_txn(1);
  else if (is(name, "ROLLBACK"))
    end_txn(0);
  else if (is(name, "COUNT"))
    printed(kvs_count(db, &keys)) ? 0 : printf("%" PRIu64, keys);
  else
    printf("{\"left\":true}");
}

int main(int argc, char** argv) {
  const kvs_options options = {.size = sizeof options, .sync = KVS_SYNC_NONE};
  word words[kMostWords];
  if (argc != 2 || kvs_open(argv[1], &options, &db) != KVS_OK) return 1;
  int count;
  while ((count = read_words(words)) > 0) {
    run(words, count);
    printf("\n");
    fflush(stdout);
    for (int i = 0; i < count; ++i) free(words[i].bytes);
  }
  return kvs_close(db) != KVS_OK;
}
