/* kvstore in a C program: no shell, no server, one file.
 *
 *   cc -std=c11 embed.c $(pkg-config --cflags --libs kvstore) -o embed
 *   ./embed example.bin
 */
#include <kvstore/kvstore.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Every call answers KVS_OK, KVS_MISSING, or an error, which is one of this thread. */
static int failed(const char* what) {
  fprintf(stderr, "%s: %s\n", what, kvs_last_message());
  if (kvs_last_hint()[0] != '\0') fprintf(stderr, "  %s\n", kvs_last_hint());
  return 1;
}

static kvs_code put(kvs_store* store, const char* key, const char* value) {
  return kvs_put(store, key, strlen(key), value, strlen(value), NULL, NULL);
}

/* A write has returned once it is on the disk. To let many share one sync, do not wait for each,
 * and commit once at the end. */
static kvs_code append_prices(kvs_store* store) {
  const kvs_write_options later = {.size = sizeof later, .no_wait = true};
  const char* const prices[] = {"2010-01-01,192.06\n", "2010-02-01,204.62\n"};
  for (size_t i = 0; i < 2; ++i) {
    const kvs_code code = kvs_append(store, "AAPL", 4, prices[i], strlen(prices[i]), &later, NULL);
    if (code != KVS_OK) return code;
  }
  return kvs_commit(store);
}

/* The last line, however long the value has grown. What was allocated for us is given back. */
static kvs_code print_last_price(kvs_store* store) {
  void* line = NULL;
  size_t size = 0;
  const kvs_code code = kvs_read(store, "AAPL", 4, -18, 17, NULL, &line, &size);
  if (code == KVS_OK) printf("AAPL: %.*s\n", (int)size, (const char*)line);
  kvs_free(line);
  return code;
}

/* Keys in order, as of one moment. */
static kvs_code print_keys(kvs_store* store) {
  kvs_iterator* iterator = NULL;
  kvs_code code = kvs_iterator_open(store, NULL, &iterator);
  if (code != KVS_OK) return code;
  while ((code = kvs_iterator_next(iterator)) == KVS_OK) {
    const void* key = NULL;
    size_t size = 0;
    kvs_key_info info;
    kvs_iterator_key(iterator, &key, &size);
    if ((code = kvs_iterator_stat(iterator, &info)) != KVS_OK) break;
    printf("%.*s holds %" PRIu64 " bytes\n", (int)size, (const char*)key, info.size);
  }
  kvs_iterator_close(iterator);
  return code == KVS_MISSING ? KVS_OK : code; /* missing: there is no further one */
}

/* Reads and writes as one step: begun anew if somebody else was faster. */
static kvs_code count_visit(kvs_store* store) {
  kvs_code code;
  do {
    kvs_txn* txn = NULL;
    if ((code = kvs_txn_begin(store, NULL, &txn)) != KVS_OK) return code;
    void* before = NULL;
    size_t size = 0;
    long visits = 0;
    code = kvs_txn_get(txn, "visits", 6, &before, &size);
    if (code == KVS_OK) sscanf(before, "%ld", &visits); /* a zero stands behind what it gives */
    kvs_free(before);
    if (code == KVS_OK || code == KVS_MISSING) {
      char after[32];
      snprintf(after, sizeof after, "%ld", visits + 1);
      code = kvs_txn_put(txn, "visits", 6, after, strlen(after), NULL);
    }
    if (code == KVS_OK) code = kvs_txn_commit(txn, false, NULL);
    kvs_txn_close(txn);
  } while (code == KVS_CONFLICT);
  return code;
}

static int run(kvs_store* store) {
  if (put(store, "note", "prices in dollars") != KVS_OK) return failed("put");
  if (append_prices(store) != KVS_OK) return failed("append");
  if (count_visit(store) != KVS_OK) return failed("count");
  if (print_last_price(store) != KVS_OK) return failed("read");
  if (print_keys(store) != KVS_OK) return failed("keys");
  const kvs_code removed = kvs_delete(store, "note", 4, NULL, NULL);
  if (removed != KVS_OK && removed != KVS_MISSING) return failed("delete");
  printf("the note was %s\n", removed == KVS_OK ? "there" : "missing");
  return 0;
}

int main(int argc, char** argv) {
  kvs_store* store = NULL;
  if (kvs_open(argc > 1 ? argv[1] : "example.bin", NULL, &store) != KVS_OK) return failed("open");
  int result = run(store);
  if (kvs_close(store) != KVS_OK) result = failed("close");
  return result;
}
