#!/usr/bin/env python3
"""A client in thirty lines: a plain socket, lines of text out, a line of text in.

    kvstore data.bin --listen 7878 &
    samples/minimal_client.py            # or with a port: samples/minimal_client.py 9000
"""
import socket
import sys

PORT = 7878


def quoted(text):
    """One word of a line, whatever it holds: a blank or a line end in it ends nothing."""
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(plain, escaped)
    return '"%s"' % text


class Client:
    def __init__(self, host="127.0.0.1", port=PORT):
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.socket.makefile("rb")

    def send(self, line):
        """One command, one line of an answer: +OK, +NIL, :3, -ERR CODE what happened."""
        self.socket.sendall(line.encode() + b"\n")
        return self.answers.readline().decode().rstrip()

    def set(self, key, value):
        return self.send("SET %s %s" % (quoted(key), quoted(value)))

    def get(self, key):
        """The value, or None. Its answer has a second line: +VALUE 5, and then the 5 bytes."""
        answer = self.send("GET %s" % quoted(key))
        if not answer.startswith("+VALUE "):
            return None
        return self.answers.read(int(answer[7:]) + 1)[:-1].decode()

    def delete(self, key):
        return self.send("DELETE %s" % quoted(key))

    def close(self):
        self.socket.close()


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].isdigit():
        sys.exit(__doc__)
    client = Client(port=int(sys.argv[1]) if len(sys.argv) > 1 else PORT)
    print(client.set("greeting", "hello"))
    print(client.get("greeting"))
    print(client.delete("greeting"))
    print(client.get("greeting"))
    client.close()
