"""Text, RESP2 and RESP3: a server's port."""

import socket

from answers import Failed, number
from script import Sleep, Transaction
import time

REDIS_WORDS = {"WRONGTYPE": "TYPE", "ERR": None, "EXECABORT": None}


class Wire:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.input = self.socket.makefile("rb")

    def run(self, steps):
        return [self.step(one) for one in steps]

    def step(self, one):
        if isinstance(one, Sleep):
            return time.sleep(one.seconds)
        if isinstance(one, Transaction):
            assert self.ask([b"BEGIN"]) == b"OK"
            answers = [self.ask(command) for command in one.commands]
            self.ask([b"COMMIT" if one.is_kept else b"ROLLBACK"])
            return answers
        return self.ask(one)

    def ask(self, command):
        self.socket.sendall(self.encode(command))
        return self.reply()

    def line(self):
        line = self.input.readline()
        assert line, "the server has closed the connection"
        return line.rstrip(b"\r\n")

    def bytes(self, size):
        value = self.input.read(size)
        self.line()
        return value


class Text(Wire):
    def encode(self, command):
        return b" ".join(map(quoted, command)) + b"\n"

    def reply(self):
        line = self.line()
        if line.startswith(b"-ERR "):
            return Failed(line.split(b" ")[1].decode())
        if line.startswith(b":"):
            return int(line[1:])
        if line.startswith(b"+VALUE "):
            return self.bytes(int(line[7:]))
        if line.startswith(b"+ARRAY "):
            return [self.reply() for _ in range(int(line[7:]))]
        return None if line == b"+NIL" else line[1:]


def quoted(word):
    """As the text protocol and the shell read it, whatever its bytes."""
    escaped = "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in word)
    return f'"{escaped}"'.encode() if escaped != word.decode("latin-1") or not word.isalnum() else word


class Resp2(Wire):
    def encode(self, command):
        return resp(command)

    def reply(self):
        line = self.line()
        kind, rest = line[:1], line[1:]
        if kind == b"-":
            word = rest.split(b" ")[0].decode()
            return Failed(REDIS_WORDS.get(word, word))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.bytes(int(rest))
        if kind in b"*~>":
            return None if rest == b"-1" else [self.reply() for _ in range(int(rest))]
        if kind == b"%":
            return [self.reply() for _ in range(2 * int(rest))]
        if kind == b",":
            return number(float(rest))
        assert kind in b"+_", line
        return None if kind == b"_" else rest


class Resp3(Resp2):
    def __init__(self, port):
        super().__init__(port)
        self.ask([b"HELLO", b"3"])


def resp(command):
    return b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in command)
