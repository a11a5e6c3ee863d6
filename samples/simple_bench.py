#!/usr/bin/env python3
"""How fast a kvstore server answers one client that waits for each answer.

A client in both protocols, with nothing but Python's standard library and a socket:

    kvstore data.bin --listen 7878 &
    samples/simple_bench.py 7878             # text
    samples/simple_bench.py 7878 --resp      # Redis' protocol

Most of what it measures is Python. `kvstore bench --connect 7878` measures the server.
"""
import argparse
import os
import socket
import time


class Text:
    """SET key 0 size, the bytes; GET key."""

    def __init__(self, stream):
        self.stream = stream

    def set(self, key, value):
        self.stream.write(b"SET %s 0 %d\n%s\n" % (key, len(value), value))
        return self.reply()

    def get(self, key):
        self.stream.write(b"GET %s\n" % key)
        return self.reply()

    def delete(self, key):
        self.stream.write(b"DELETE %s\n" % key)
        return self.reply()

    def reply(self):
        self.stream.flush()
        line = self.stream.readline().rstrip(b"\r\n")
        if line.startswith(b"-"):
            raise SystemExit(line.decode(errors="replace"))
        if not line.startswith(b"+VALUE "):
            return line
        value = self.stream.read(int(line[7:]))
        self.stream.readline()
        return value


class Resp(Text):
    """Arrays of words: *3 $3 SET ..."""

    def send(self, *words):
        self.stream.write(b"*%d\r\n" % len(words))
        for word in words:
            self.stream.write(b"$%d\r\n%s\r\n" % (len(word), word))
        return self.reply()

    def set(self, key, value):
        return self.send(b"SET", key, value)

    def get(self, key):
        return self.send(b"GET", key)

    def delete(self, key):
        return self.send(b"DEL", key)

    def reply(self):
        self.stream.flush()
        line = self.stream.readline().rstrip(b"\r\n")
        if line.startswith(b"-"):
            raise SystemExit(line.decode(errors="replace"))
        if not line.startswith(b"$") or line == b"$-1":
            return line
        value = self.stream.read(int(line[1:]))
        self.stream.readline()
        return value


def measure(name, seconds, operation):
    latencies = []
    began = now = time.perf_counter()
    while now - began < seconds:
        operation(len(latencies))
        before, now = now, time.perf_counter()
        latencies.append(now - before)
    latencies.sort()
    share = lambda part: latencies[int(part * (len(latencies) - 1))] * 1e6
    print("%s: %d/s, p50 %.0f us, p99 %.0f us"
          % (name, len(latencies) / (now - began), share(0.5), share(0.99)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", nargs="?", default="7878", help="[HOST:]PORT")
    parser.add_argument("--resp", action="store_true", help="Redis' protocol")
    parser.add_argument("--size", type=int, default=100, help="bytes of a value")
    parser.add_argument("--seconds", type=float, default=2, help="of each measurement")
    arguments = parser.parse_args()
    host, _, port = arguments.address.rpartition(":")
    try:
        connection = socket.create_connection((host or "127.0.0.1", int(port)))
    except (OSError, ValueError) as error:
        raise SystemExit("no server at %s: %s; kvstore data.bin --listen 7878 starts one"
                         % (arguments.address, error))
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = connection.makefile("rwb")
        client = (Resp if arguments.resp else Text)(stream)
        keys = [b"simple_bench:%d:%d" % (os.getpid(), i) for i in range(1000)]
        value = b"x" * arguments.size

        def get(i):
            if client.get(keys[i % len(keys)]) != value:
                raise SystemExit("a value is not what was written")

        for key in keys:
            client.set(key, value)
        measure("SET", arguments.seconds, lambda i: client.set(keys[i % len(keys)], value))
        measure("GET", arguments.seconds, get)
        for key in keys:
            client.delete(key)


if __name__ == "__main__":
    main()
