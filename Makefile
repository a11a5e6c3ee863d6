# The front door: `make help` says what there is. The build itself is CMake's
# (CMakeLists.txt); this only sets up, configures, and starts things.
FILE   ?= data.bin
HOST   = 127.0.0.1
PORT   ?= 7878
PREFIX ?= /usr/local
BUILD  = build
JOBS   ?= $(shell nproc 2>/dev/null || echo 2)
# What to pass on to kvstore: make run ARGS='--sync 100ms'
ARGS   =
# What make bench measures.
BENCH  = fill read append readrange ycsb-a --sizes 100,4k,64k --clients 1,4 --seconds 0.5 --sync 100ms
# How long make fuzz runs each target.
SECONDS = 60
# SETUP=no: never install anything, build with what is there.
SETUP  = yes

ifeq ($(SETUP),yes)
setup = tools/setup $(1)
else
setup = true
endif

.PHONY: run test test-long test-all-cases lint analyze test-asan test-tsan fuzz build run-server run-client install package package-test bench bench-store bench-peers bench-redis clean help
.DEFAULT_GOAL := help
# Recipes run one after another: each is a build of its own.
.NOTPARALLEL:

run:
	@$(call setup,run) && tools/build '$(BUILD)' KEEP kvstore
	@tools/run '$(BUILD)/kvstore' $(ARGS) '$(FILE)'

test:
	@$(call setup,run test) && tools/build '$(BUILD)' ON
	@ctest --test-dir '$(BUILD)' -j$(JOBS) --timeout 300 --no-tests=error --output-on-failure

# The same tests with all their cases, the fuzzers, clang's checks and the sanitizers
# (docs/RELIABILITY.md): most of an hour.
test-long: test-tsan test-asan lint analyze test-all-cases

test-all-cases:
	@$(call setup,run test) && tools/build '$(BUILD)' ON
	@KVSTORE_LONG=1 KVSTORE_CRASH_STATES=1000000 ctest --test-dir '$(BUILD)' -j$(JOBS) \
	  --timeout 3300 --no-tests=error --output-on-failure
	@$(call setup,fuzz) && BUILD='$(abspath $(BUILD))-fuzz' tests/fuzz/run.sh

# What clang can prove about locks, and clang-tidy's list.
lint:
	@$(call setup,run lint) && tools/lint '$(BUILD)-lint'

# clang's static analyzer, which takes as long again and more.
analyze:
	@$(call setup,run lint) && tools/lint '$(BUILD)-lint' analyzer

# The tests once more, each access to memory checked. Fewer crash states: each
# takes many times as long. TESTS='bindings|node' runs those that match.
test-asan:
	@$(call setup,run test) && tools/test_sanitized '$(BUILD)-asan' address,undefined -j$(JOBS) \
	  $(if $(TESTS),-R '$(TESTS)')

# Those that have threads; what is left out, and why: tests/CMakeLists.txt.
test-tsan:
	@$(call setup,run test) && tools/test_sanitized '$(BUILD)-tsan' thread -j$(JOBS)

# Random inputs for the parsers and the file's readers (tests/fuzz/README.md).
fuzz:
	@$(call setup,run fuzz) && BUILD='$(abspath $(BUILD))-fuzz' tests/fuzz/run.sh '$(SECONDS)'

build:
	@$(call setup,run) && tools/build '$(BUILD)' KEEP

run-server:
	@$(call setup,run) && tools/build '$(BUILD)' KEEP kvstore
	@tools/run '$(BUILD)/kvstore' $(ARGS) '$(FILE)' --listen '$(PORT)'

run-client:
	@$(call setup,run) && tools/build '$(BUILD)' KEEP kvstore
	@tools/run '$(BUILD)/kvstore' connect $(ARGS) '$(HOST):$(PORT)'

# Needs no set-up when built before, so that `make build && sudo make install` works.
install:
	@[ -x '$(BUILD)/kvstore' ] && [ -e '$(BUILD)/libkvstore.so' ] || { $(call setup,run) && tools/build '$(BUILD)' KEEP; }
	@cmake --install '$(BUILD)' --prefix '$(abspath $(PREFIX))'

# Debian packages: $(BUILD)-package/*.deb. package-test installs, runs, upgrades and purges them
# in a system of their own, and has a systemd run the server in another, as root.
package:
	@$(call setup,run package) && tools/package '$(BUILD)-package'

package-test: package
	@tests/package/run.sh '$(BUILD)-package'
	@tests/package/systemd.sh '$(BUILD)-package'

# What `kvstore bench` measures (--help), in half a minute; ARGS says something else.
bench:
	@$(call setup,run) && tools/build '$(BUILD)' KEEP kvstore
	@'$(BUILD)/kvstore' bench $(if $(ARGS),$(ARGS),$(BENCH))

# The library's figures in bench/RESULTS.md, through Google Benchmark.
bench-store:
	@$(call setup,run bench) && cmake -G Ninja -S . -B '$(BUILD)-bench' -DKVSTORE_TESTS=OFF \
	  -DKVSTORE_BENCH=ON >/dev/null && ninja -C '$(BUILD)-bench'
	@for program in '$(BUILD)-bench'/bench/bench_*; do [ ! -x "$$program" ] || "$$program" $(ARGS) || exit; done

# kvstore's library beside LevelDB, RocksDB, LMDB, SQLite and tkrzw (bench/README.md).
bench-peers:
	@$(call setup,run peers) && cmake -G Ninja -S . -B '$(BUILD)-peers' -DKVSTORE_TESTS=OFF \
	  -DKVSTORE_PEERS=ON >/dev/null && ninja -C '$(BUILD)-peers' bench_peers >&2
	@ctest --test-dir '$(BUILD)-peers/bench/peers' --timeout 120 --no-tests=error --output-on-failure >&2
	@'$(BUILD)-peers/bench/peers/bench_peers' --directory '$(BUILD)-peers' \
	  --json '$(BUILD)-peers/peers.json' $(ARGS)

# kvstore's server beside redis-server, with redis-benchmark as client (bench/redis.py).
bench-redis:
	@$(call setup,run bench redis) && tools/build '$(BUILD)' KEEP kvstore && cmake -G Ninja -S . -B '$(BUILD)-bench' \
	  -DKVSTORE_TESTS=OFF -DKVSTORE_BENCH=ON >/dev/null && ninja -C '$(BUILD)-bench' echo_server >&2
	@/usr/bin/python3 bench/redis.py --kvstore '$(BUILD)/kvstore' --echo '$(BUILD)-bench/bench/echo_server' $(ARGS)

clean:
	@rm -rf '$(BUILD)' '$(BUILD)-bench' '$(BUILD)-peers' '$(BUILD)-lint' '$(BUILD)-asan' '$(BUILD)-tsan' '$(BUILD)-fuzz' '$(BUILD)-package'

help:
	@echo 'make run          build what is missing, then open a shell on data.bin'
	@echo '                  (make run FILE=other.bin; make run < script.kv)'
	@echo 'make test         build and run every test'
	@echo 'make test-long    the same with all their cases, and all below; an hour'
	@echo 'make lint         what clang and clang-tidy find in the source; analyze: the static analyzer'
	@echo 'make test-asan    the tests under AddressSanitizer and UBSan (some: TESTS="bindings|node");'
	@echo '                  test-tsan: threads'
	@echo 'make fuzz         random inputs, SECONDS=60 for each of the fuzz targets'
	@echo 'make build        build only: $(BUILD)/kvstore'
	@echo 'make run-server   serve FILE on 127.0.0.1, PORT=7878'
	@echo 'make run-client   a shell on the server at HOST=127.0.0.1, PORT=7878'
	@echo 'make install      program, library, manual: PREFIX=/usr/local, DESTDIR='
	@echo 'make package      Debian packages; package-test tries them in a fresh Debian'
	@echo 'make bench        operations a second and latencies, in half a minute; what kvstore bench'
	@echo '                  --help says goes into ARGS: make bench ARGS="read --clients 1,16"'
	@echo 'make bench-store  the benchmarks of the library by itself: ten minutes'
	@echo 'make bench-peers  the same work through LevelDB, RocksDB, LMDB, SQLite, tkrzw: a quarter hour'
	@echo 'make bench-redis  the server beside redis-server, with redis-benchmark: a quarter hour'
	@echo 'make clean        remove what was built; databases are left alone'
	@echo
	@echo 'make run, test, build, and all benchmarks first install missing packages (SETUP=no: never).'
