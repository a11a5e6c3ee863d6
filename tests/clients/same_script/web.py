"""HTTP: any command by POST /_/command, or the verbs of keys and lists where there is one."""

import base64
import http.client
import json
import time
import urllib.parse

from answers import LEFT, OK, Failed, of_json
from script import Sleep, Transaction


class Commands:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def run(self, steps):
        return [self.step(one) for one in steps]

    def step(self, one):
        if isinstance(one, Sleep):
            return time.sleep(one.seconds)
        if isinstance(one, Transaction):
            return self.batch(one)
        return self.ask(one)

    def send(self, method, target, body=None, fields=None):
        """(status, body, fields)"""
        self.connection.request(method, target, body, fields or {})
        answer = self.connection.getresponse()
        return answer.status, answer.read(), answer.headers

    def post(self, target, content):
        status, body, _ = self.send("POST", target, json.dumps(content))
        answer = json.loads(body)
        return answer if status == 200 else Failed(answer["code"])

    def command(self, command):
        args = [base64.b64encode(word).decode() for word in command]
        answer = self.post("/_/command", {"args": args, "base64": True})
        return answer if isinstance(answer, Failed) else of_json(answer["result"])

    def ask(self, command):
        return self.command(command)

    def batch(self, transaction):
        """All or nothing is what it is: it has no way to change one's mind."""
        if not transaction.is_kept:
            return [LEFT] * len(transaction.commands)
        operations = [[{"base64": base64.b64encode(word).decode()} for word in one] for one in transaction.commands]
        answer = self.post("/_/batch", operations)
        return answer if isinstance(answer, Failed) else [of_json(one) for one in answer["results"]]


class Verbs(Commands):
    """What has no verb is asked for as a command, so that the next ones find what it has written."""

    NAMES = {"set", "get", "read", "append", "delete", "exists", "strlen", "ttl", "prefix"}
    RAW = {"Accept": "application/octet-stream"}

    def ask(self, command):
        name = command[0].decode().lower()
        verb = getattr(self, name) if name in self.NAMES else None
        answer = verb(*command[1:]) if verb and command[1:] and command[1] else LEFT
        return self.command(command) if answer is LEFT else answer

    @staticmethod
    def path(key):
        return "/" + urllib.parse.quote(key, safe="")

    @staticmethod
    def failure(status, body, missing=None):
        code = json.loads(body)["code"] if body else {404: "NIL"}.get(status)
        return missing if code == "NIL" else Failed(code)

    def set(self, key, *rest):
        value, *options = rest if rest else [None]
        if value is None or options[:1] == [b"PX"] or (options and options[0] == b"EX" and not options[1].isdigit()):
            return LEFT
        fields = {"Content-Type": "application/octet-stream"}
        if options == [b"NX"]:
            fields["If-None-Match"] = "*"
        elif options == [b"XX"]:
            fields["If-Match"] = "*"
        ttl = f"?ttl={options[1].decode()}" if options[:1] == [b"EX"] else ""
        status, body, _ = self.send("PUT", self.path(key) + ttl, value, fields)
        if status == 412:
            return None
        return OK if status in (200, 201) else self.failure(status, body)

    def get(self, key, *rest):
        if rest and rest[0] != b"AT":
            return LEFT
        at = f"?at={rest[1].decode()}" if rest else ""
        status, body, _ = self.send("GET", self.path(key) + at, fields=self.RAW)
        return body if status == 200 else self.failure(status, body)

    def read(self, key, offset, length, *rest):
        try:
            first, size = int(offset), int(length)
        except ValueError:
            return LEFT
        # A range from the end has no length, and none has no bytes.
        if first < 0 or size == 0:
            return LEFT
        at = f"?at={rest[1].decode()}" if rest else ""
        fields = dict(self.RAW, Range=f"bytes={first}-{first + size - 1}")
        status, body, _ = self.send("GET", self.path(key) + at, fields=fields)
        if status == 416:
            return b""
        return body if status in (200, 206) else self.failure(status, body)

    def append(self, key, value):
        fields = {"Content-Type": "application/octet-stream"}
        status, body, _ = self.send("POST", self.path(key) + "?append", value, fields)
        return json.loads(body)["length"] if status == 200 else self.failure(status, body)

    def delete(self, key):
        status, body, _ = self.send("DELETE", self.path(key))
        return OK if status == 204 else self.failure(status, body)

    def head(self, key):
        status, _, fields = self.send("HEAD", self.path(key), fields=self.RAW)
        return fields if status == 200 else None

    def exists(self, key, *more):
        return LEFT if more else int(self.head(key) is not None)

    def strlen(self, key, *more):
        if more:
            return LEFT
        fields = self.head(key)
        return int(fields["X-Kvstore-Size"]) if fields else 0

    def ttl(self, key):
        fields = self.head(key)
        return int(fields.get("X-Kvstore-Ttl", -1)) if fields else -2

    def prefix(self, prefix, *options):
        asked, options, has_values = {"prefix": prefix, "limit": "1000"}, list(options), False
        while options:
            word = options.pop(0)
            if word == b"VALUES":
                asked["values"], has_values = "", True
            elif word == b"REV":
                asked["reverse"] = ""
            elif word in (b"LIMIT", b"AFTER"):
                asked[word.decode().lower()] = options.pop(0)
        status, body, _ = self.send("GET", "/?" + urllib.parse.urlencode(asked, quote_via=urllib.parse.quote))
        if status != 200:
            return self.failure(status, body)
        items = of_json(json.loads(body)["items"])
        return [one[name] for one in items for name in (("key", "value") if has_values else ("key",))]
