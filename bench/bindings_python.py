#!/usr/bin/python3
"""kvstore, plyvel (LevelDB) and lmdb for Python, the same work side by side in one run.

    PYTHONPATH=build/python /usr/bin/python3 bench/bindings_python.py [--keys N] [--rounds N]

In each round every workload goes through every library, in turns, on a fresh directory; a figure is
the median of the rounds, in operations a second. Keys are 16 random bytes, values 100, from a fixed
seed; one operation a call, unsynced, one thread. LMDB's puts share one transaction, as each of its
own would sync; the others are killed-process safe one by one. Every answer is checked. """

import argparse
import itertools
import os
import random
import shutil
import statistics
import sys
import tempfile
import time

RANGE = 100  # entries that a range has


class Kvstore:
    name = "kvstore"

    def __init__(self, directory):
        import kvstore

        self.db = kvstore.open(os.path.join(directory, "data.bin"), sync="none")
        self.put = self.db.__setitem__
        self.get = self.db.get

    def puts(self, pairs):
        db = self.db
        for key, value in pairs:
            db[key] = value

    def gets(self, keys):
        get = self.db.get
        return [get(key) for key in keys]

    def subscripts(self, keys):
        db = self.db
        return [db[key] for key in keys]

    def ranges(self, starts):
        items = self.db.items
        for start in starts:
            answer = list(items(start=start, limit=RANGE))
        return answer

    def scan(self):
        return sum(1 for _ in self.db.items())

    def batch(self, pairs):
        with self.db.batch() as batch:
            for key, value in pairs:
                batch[key] = value

    def deletes(self, keys):
        delete = self.db.delete
        for key in keys:
            delete(key)

    def close(self):
        self.db.close()


class Plyvel(Kvstore):
    name = "plyvel"

    def __init__(self, directory):
        import plyvel

        self.db = plyvel.DB(directory, create_if_missing=True, lru_cache_size=256 << 20)

    def puts(self, pairs):
        put = self.db.put
        for key, value in pairs:
            put(key, value)

    def ranges(self, starts):
        for start in starts:
            with self.db.iterator(start=start) as iterator:
                answer = list(itertools.islice(iterator, RANGE))
        return answer

    def scan(self):
        return sum(1 for _ in self.db)

    def batch(self, pairs):
        with self.db.write_batch() as batch:
            put = batch.put
            for key, value in pairs:
                put(key, value)

    subscripts = None


class Lmdb(Kvstore):
    name = "lmdb"

    def __init__(self, directory):
        import lmdb

        self.env = lmdb.open(directory, map_size=8 << 30, sync=False, writemap=True)

    def puts(self, pairs):
        with self.env.begin(write=True) as txn:
            put = txn.put
            for key, value in pairs:
                put(key, value)

    def gets(self, keys):
        with self.env.begin() as txn:
            get = txn.get
            return [get(key) for key in keys]

    def ranges(self, starts):
        with self.env.begin() as txn:
            for start in starts:
                cursor = txn.cursor()
                cursor.set_range(start)
                answer = list(itertools.islice(cursor, RANGE))
        return answer

    def scan(self):
        with self.env.begin() as txn:
            return sum(1 for _ in txn.cursor())

    def batch(self, pairs):
        self.puts(pairs)

    def deletes(self, keys):
        with self.env.begin(write=True) as txn:
            for key in keys:
                txn.delete(key)

    def close(self):
        self.env.close()

    subscripts = None


clock = time.perf_counter


def timed(operations, work, *args):
    begin = clock()
    answer = work(*args)
    return operations / (clock() - begin), answer


def check(condition):
    if not condition:
        raise SystemExit("a library answered wrongly")


def measure(library, data, directory):
    """Operations a second, by workload."""
    pairs, shuffled, starts, expected = data
    figures = {}
    db = library(directory)
    figures["puts"], _ = timed(len(pairs), db.puts, pairs)
    figures["gets"], values = timed(len(shuffled), db.gets, shuffled)
    check(values == [expected[key] for key in shuffled])
    if db.subscripts:
        figures["db[key]"], values = timed(len(shuffled), db.subscripts, shuffled)
        check(values[0] == expected[shuffled[0]])
    del values
    figures["absent gets"], values = timed(len(starts), db.gets, [key + b"x" for key in starts])
    check(not any(values))
    # kvstore sorts its newest keys when somebody first asks for an order.
    figures["first range after the puts"], _ = timed(1, db.ranges, starts[:1])
    count = len(starts) // 10
    figures[f"ranges of {RANGE}"], last = timed(count, db.ranges, starts[:count])
    keys = [key for key in sorted(expected) if key >= starts[count - 1]][:RANGE]
    check(last == [(key, expected[key]) for key in keys])
    figures["scan, entries"], entries = timed(len(pairs), db.scan)
    check(entries == len(pairs))
    figures["puts in batches of 1,000"], _ = timed(
        len(pairs), lambda: [db.batch(pairs[i : i + 1000]) for i in range(0, len(pairs), 1000)]
    )
    figures["deletes"], _ = timed(len(shuffled), db.deletes, shuffled)
    check(db.scan() == 0)
    db.close()
    return figures


def libraries():
    for library in (Kvstore, Plyvel, Lmdb):
        try:
            __import__(library.name)
        except ImportError:
            print(f"{library.name} is not there and left out", file=sys.stderr)
        else:
            yield library


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keys", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--directory", help="where the databases are meanwhile")
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="by the processor's time of the calling thread, where others use the machine",
    )
    options = parser.parse_args()
    if options.cpu:
        global clock
        clock = time.thread_time

    source = random.Random(1)
    pairs = [(source.randbytes(16), source.randbytes(100)) for _ in range(options.keys)]
    shuffled = [key for key, _ in pairs]
    source.shuffle(shuffled)
    starts = [source.randbytes(16) for _ in range(options.keys // 2)]
    data = pairs, shuffled, starts, dict(pairs)

    compared = list(libraries())
    rounds = {library.name: [] for library in compared}
    for number in range(options.rounds):
        # In turns, so that what disturbs one round disturbs all.
        for library in compared[number % len(compared) :] + compared[: number % len(compared)]:
            directory = tempfile.mkdtemp(dir=options.directory)
            try:
                rounds[library.name].append(measure(library, data, directory))
            finally:
                shutil.rmtree(directory)

    print(f"{options.keys:,} keys, {options.rounds} rounds, load {os.getloadavg()[0]:.1f}, "
          f"{'CPU time' if options.cpu else 'elapsed time'}")
    print("| operations a second |" + "".join(f" {library.name} |" for library in compared))
    print("|---|" + "---:|" * len(compared))
    for workload in rounds[compared[0].name][0]:
        cells = []
        for library in compared:
            found = [figures.get(workload) for figures in rounds[library.name]]
            cells.append(f"{statistics.median(found):,.0f}" if all(found) else "")
        print(f"| {workload} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
