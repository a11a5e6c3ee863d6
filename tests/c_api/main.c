/* test_c_api GROUP: the C interface, from a C program. */
#include "check.h"

#include <dirent.h>
#include <unistd.h>

static char directory[64];

static void remove_directory(void) {
  DIR* const listing = opendir(directory);
  if (listing == NULL) return;
  for (struct dirent* entry; (entry = readdir(listing)) != NULL;) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
    unlink(path);
  }
  closedir(listing);
  rmdir(directory);
}

const char* path_of(const char* name) {
  static char path[256];
  snprintf(path, sizeof path, "%s/%s.bin", directory, name);
  return path;
}

kvs_store* open_with(const char* name, const kvs_options* options) {
  kvs_store* store = NULL;
  OK(kvs_open(path_of(name), options, &store));
  return store;
}

kvs_store* open_new(const char* name) {
  const kvs_options options = {.size = sizeof options, .sync = KVS_SYNC_NONE};
  return open_with(name, &options);
}

void check_value(kvs_store* store, const char* key, const char* expected) {
  void* value = NULL;
  size_t size = 0;
  OK(kvs_get(store, key, strlen(key), NULL, &value, &size));
  CHECK(size == strlen(expected) && memcmp(value, expected, size) == 0);
  CHECK(((const char*)value)[size] == '\0');
  kvs_free(value);
}

void put(kvs_store* store, const char* key, const char* value) {
  OK(kvs_put(store, key, strlen(key), value, strlen(value), NULL, NULL));
}

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    void (*run)(void);
  } groups[] = {{"calls", test_calls},         {"conditions", test_conditions},
                {"ranges", test_ranges},       {"transactions", test_transactions},
                {"following", test_following}, {"misuse", test_misuse},
                {"lifetimes", test_lifetimes}, {"threads", test_threads}};
  const char* const base = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
  snprintf(directory, sizeof directory, "%.40s/kvs-c-XXXXXX", base);
  CHECK(mkdtemp(directory) != NULL);
  atexit(remove_directory);
  int ran = 0;
  for (size_t i = 0; i < sizeof groups / sizeof *groups; ++i) {
    if (argc > 1 && strcmp(argv[1], groups[i].name) != 0) continue;
    groups[i].run();
    ++ran;
  }
  CHECK(ran > 0);
  printf("%d groups passed\n", ran);
  return 0;
}
