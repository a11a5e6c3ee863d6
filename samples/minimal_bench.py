#!/usr/bin/env python3
"""How many commands a second the minimal client gets answered, one after the other.

    samples/minimal_bench.py             # or with a port: samples/minimal_bench.py 9000

Every SET waits until it is on the disk, which is mostly what this measures: how fast without that
tells a server that was started with --sync none.
"""
import sys
import time

from minimal_client import PORT, Client

COUNT = 10000


def measure(name, operation):
    began = time.perf_counter()
    for i in range(COUNT):
        operation(i)
    seconds = time.perf_counter() - began
    print("%-6s %8d operations in %.2f s: %8d a second" % (name, COUNT, seconds, COUNT / seconds))


if __name__ == "__main__":
    client = Client(port=int(sys.argv[1]) if len(sys.argv) > 1 else PORT)
    print("%d operations each; a SET is answered once it is on the disk" % COUNT, flush=True)
    measure("SET", lambda i: client.set("key%d" % i, "value%d" % i))
    measure("GET", lambda i: client.get("key%d" % i))
    measure("DELETE", lambda i: client.delete("key%d" % i))
    client.close()
