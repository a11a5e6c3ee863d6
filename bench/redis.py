#!/usr/bin/python3
"""kvstore's server and Debian's redis-server, the same work side by side in one run.

    make bench-redis                          five rounds: a quarter of an hour
    make bench-redis ARGS='--rounds 1 --scale 0.1 --only P=16'

redis-benchmark is the client of both. In each round each row goes to every server in turns, each
started anew on an empty directory and warmed by the same commands; the next round begins with the
next server. A figure is the median of the rounds. A row of `always` syncs each write before it is
answered, of `1s` each second, the others leave it to the system. "threads" is a server with a
blocking thread for each connection that does nothing but answer (bench/echo_server.cpp): what this
machine gives to any server built so. """

import argparse
import csv
import dataclasses
import json
import mmap
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

VALUE = "x" * 100
CHUNK = "y" * 4096
POLICIES = {  # what each server is told: kvstore, Redis
    "none": (["--sync", "none"], ["--appendonly", "no"]),
    "1s": (["--sync", "1000ms"], ["--appendonly", "yes", "--appendfsync", "everysec"]),
    "always": (["--sync", "always"], ["--appendonly", "yes", "--appendfsync", "always"]),
}


@dataclasses.dataclass
class Row:
    name: str
    wanted: str  # as the project sets itself
    words: list  # the command that is measured
    clients: int = 50
    pipeline: int = 16
    count: int = 1_000_000
    keys: int = 100_000
    policy: str = "none"
    warm: list = dataclasses.field(default_factory=list)  # (words, count, keys) before it
    echo: bool = False  # whether the bare server is asked, too


KEY = "key:__rand_int__"
SET = ["SET", KEY, VALUE]
FILLED = [(SET, 300_000, 100_000)]
APPENDED = [(["APPEND", KEY, CHUNK], 100_000, 1_000)]
MEMBERS = [(["ZADD", "set", "__rand_int__", "member:__rand_int__"], 300_000, 100_000)]

ROWS = [
    Row("SET, P=1", "1", SET, pipeline=1, count=100_000, echo=True),
    Row("GET, P=1", "1", ["GET", KEY], pipeline=1, count=100_000, warm=FILLED),
    Row("SET, P=16", "1.3", SET, echo=True),
    Row("GET, P=16", "1.5", ["GET", KEY], warm=FILLED),
    Row("SET, P=16, 1s", "-", SET, policy="1s"),
    Row("SET, P=1, always", "1.2", SET, pipeline=1, count=50_000, policy="always"),
    Row("SET, P=16, always", "2.5", SET, count=300_000, policy="always"),
    Row("SET, 16 clients, P=1, always", "14 a sync", SET, clients=16, pipeline=1, count=50_000, policy="always"),
    Row("APPEND 4 KiB, 16 clients, P=16", "1.5", ["APPEND", KEY, CHUNK], clients=16, count=1_000_000, keys=1_000),
    Row("GETRANGE 256 B of appends of 4 KiB, P=16", "1.2", ["GETRANGE", KEY, "150000", "150255"], keys=1_000, warm=APPENDED),
    Row("INCR, P=16", "1", ["INCR", "counter:__rand_int__"]),
    Row("MSET of 10, P=16", "1", ["MSET"] + [KEY, VALUE] * 10, count=200_000),
    Row("ZADD, P=16", "1", ["ZADD", "set", "__rand_int__", "member:__rand_int__"], count=500_000),
    Row("ZRANK, P=16", "1", ["ZRANK", "set", "member:__rand_int__"], count=500_000, warm=MEMBERS),
    Row("ZRANGE of 10, P=16", "1", ["ZRANGE", "set", "5000", "5009"], count=500_000, warm=MEMBERS),
]


class Server:
    """A process that is killed and whose files are removed when it is left."""

    def __init__(self, name, command, arguments):
        self.name = name
        self.port = free_port()
        self.directory = tempfile.mkdtemp(prefix="bench-redis-", dir=arguments.directory)
        if command[0] == "redis-server":  # which is what redis-tools' redis-check-rdb is, called so
            command = [os.path.join(self.directory, "redis-server"), *command[1:]]
            os.symlink(shutil.which("redis-check-rdb") or "redis-check-rdb", command[0])
        words = [word.format(port=self.port, directory=self.directory) for word in command]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.directory)

    def __enter__(self):
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        sys.exit(f"{self.name} does not start: {self.process.stderr.read().decode()}")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        shutil.rmtree(self.directory)

    def run(self, words, clients, pipeline, count, keys):
        """Requests a second, and the latencies' p95 and p99 in milliseconds."""
        command = ["redis-benchmark", "-p", str(self.port), "-c", str(clients), "-P", str(pipeline)]
        command += ["-n", str(count), "-r", str(keys), "--csv", *words]
        answer = subprocess.run(command, capture_output=True, text=True)
        if answer.returncode != 0 or "rror" in answer.stderr:
            sys.exit(f"{self.name}: {' '.join(command)[:200]}: {answer.stderr or answer.stdout}")
        rows = list(csv.DictReader(answer.stdout.splitlines()))
        return float(rows[-1]["rps"]), float(rows[-1]["p95_latency_ms"]), float(rows[-1]["p99_latency_ms"])

    def ask(self, *words):
        """The whole answer to one command, as text."""
        command = ["redis-cli", "-p", str(self.port), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def kvstore(policy, arguments, *more):
    command = [os.path.abspath(arguments.kvstore), "data.bin", "--listen", "{port}"]
    return Server("kvstore", command + POLICIES[policy][0] + list(more), arguments)


def redis(policy, arguments, *more):
    command = ["redis-server", "--port", "{port}", "--save", "", "--dir", "{directory}"]
    return Server("Redis", command + POLICIES[policy][1] + list(more), arguments)


def echo(_, arguments):
    return Server("threads", [os.path.abspath(arguments.echo), "{port}"], arguments)


def field(text, name):
    for line in text.splitlines():
        if line.startswith(name + ":"):
            return float(line.split(":")[1])
    return None


def warm_memory(row, arguments):
    """The host of a virtual machine may take back free memory, and hands it out again at a tenth of its speed.

    So as much of it as the row needs is used and given back before each server starts: in small pages, which
    redis-server takes, and in huge ones, which kvstore takes for its file where the kernel has them."""
    commands = [(row.words, row.count * arguments.scale)] + [(words, count) for words, count, _ in row.warm]
    written = sum(count * (100 + sum(map(len, words))) for words, count in commands)
    size = mmap.PAGESIZE + int(1.2 * written)
    private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    with mmap.mmap(-1, size, flags=private) as small, mmap.mmap(-1, size, flags=private) as huge:
        huge.madvise(mmap.MADV_HUGEPAGE)
        for page in range(0, size, mmap.PAGESIZE):
            small[page] = huge[page] = 1


def measure(row, start, arguments):
    warm_memory(row, arguments)
    with start(row.policy, arguments) as server:
        count = max(1000, int(row.count * arguments.scale))
        if start is not echo:
            for words, warm, keys in row.warm:
                server.run(words, 50, 16, warm, keys)  # whole, so that the values are as long as the row expects
        syncs = field(server.ask("INFO"), "syncs") if start is kvstore else None
        rate, p95, p99 = server.run(row.words, row.clients, row.pipeline, count, row.keys)
        result = {"rate": rate, "p95": p95, "p99": p99}
        if syncs is not None:
            made = field(server.ask("INFO"), "syncs") - syncs
            result["a sync"] = count / made if made else 0
        return result


def median_of(results, name):
    values = [result[name] for result in results if name in result]
    return statistics.median(values) if values else None


def idle_connections(arguments):
    """Memory of a connection that says nothing, and what others notice of so many of them."""
    wanted = int(10_000 * arguments.scale)
    with kvstore("none", arguments, "--max-connections", str(wanted + 100)) as server:
        def memory():
            with open(f"/proc/{server.process.pid}/status") as status:
                return next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))

        alone = server.run(["GET", KEY], 8, 1, 50_000, 1000)[2]
        before = memory()
        idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(wanted)]
        for one in idle:
            one.sendall(b"*1\r\n$4\r\nPING\r\n")
        for one in idle:
            one.recv(100)
        each = (memory() - before) / wanted
        beside = server.run(["GET", KEY], 8, 1, 50_000, 1000)[2]
        for one in idle:
            one.close()
    return {"connections": wanted, "KiB each": each, "p99 alone, ms": alone, "p99 beside, ms": beside}


def thousands(value):
    return "-" if value is None else f"{value / 1000:,.1f}"


def table(measured):
    lines = ["| thousands a second | kvstore | Redis | ratio | wanted | threads | p95 ms, both | SETs a sync |",
             "|---|---|---|---|---|---|---|---|"]
    for row, results in measured:
        ours, theirs = (median_of(results.get(name, []), "rate") for name in ("kvstore", "redis"))
        bare = median_of(results.get("echo", []), "rate")
        p95 = " / ".join(f"{median_of(results[name], 'p95'):.2f}" for name in ("kvstore", "redis"))
        a_sync = median_of(results["kvstore"], "a sync")
        lines.append(f"| {row.name} | {thousands(ours)} | {thousands(theirs)} | **{ours / theirs:.2f}** | {row.wanted} | "
                     f"{thousands(bare)} | {p95} | {f'{a_sync:.1f}' if row.policy == 'always' and a_sync else ''} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kvstore", default="build/kvstore")
    parser.add_argument("--echo", default="build-bench/bench/echo_server")
    parser.add_argument("--directory", default=None, help="where the servers' files go")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers of commands")
    parser.add_argument("--only", default="", help="rows whose name has this in it; 'idle' is one")
    parser.add_argument("--json", help="where all rounds are written")
    arguments = parser.parse_args()

    rows = [row for row in ROWS if arguments.only in row.name]
    measured = [(row, {}) for row in rows]
    for number in range(arguments.rounds):
        for row, results in measured:
            servers = (kvstore, redis, echo) if row.echo else (kvstore, redis)
            turn = number % len(servers)
            for start in servers[turn:] + servers[:turn]:
                results.setdefault(start.__name__, []).append(measure(row, start, arguments))
            print(f"round {number + 1}: {row.name}: "
                  + ", ".join(f"{name} {all_of[-1]['rate']:,.0f}" for name, all_of in results.items()), file=sys.stderr)
    if measured:
        print(table(measured))
    idle = idle_connections(arguments) if arguments.only in "idle" else None
    if idle:
        print("\n" + ", ".join(f"{name}: {value:,.2f}" for name, value in idle.items()))
    if arguments.json:
        with open(arguments.json, "w") as out:
            rounds = [{"row": row.name, "wanted": row.wanted, **results} for row, results in measured]
            json.dump({"rows": rounds, "idle": idle}, out, indent=1)


if __name__ == "__main__":
    main()
