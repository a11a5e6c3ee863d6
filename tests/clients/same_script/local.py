"""What needs no server: the shell, C, Python and Node, each on a file of its own."""

import json
import os
import re
import subprocess
import sys
import time

from answers import LEFT, OK, Failed, of_json
from script import Sleep, Transaction
from wire import quoted, resp

BUILD = os.environ["KVSTORE_BUILD"]


class Shell:
    """A script on its standard input. Of OK it prints nothing, of an error something elsewhere: so an ECHO follows
    each command."""

    def __init__(self, path):
        self.path = path

    def run(self, steps):
        shell = subprocess.Popen([os.environ["KVSTORE"], "--json", "--keep-going", self.path], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        places, line, printed = [], 1, b""
        for number, one in enumerate(steps):
            if isinstance(one, Sleep):
                shell.stdin.flush()
                while printed.count(b'"--end--"\n') < len(places):  # until it has done what stands before
                    one_line = shell.stdout.readline()
                    assert one_line, f"it ended at {places[-1][2]!r}"
                    printed += one_line
                time.sleep(one.seconds)
                continue
            end = b"COMMIT" if isinstance(one, Transaction) and one.is_kept else b"ROLLBACK"
            commands = [[b"BEGIN"], *one.commands, [end]] if isinstance(one, Transaction) else [one]
            for command in commands:
                places.append((number, line, command))
                shell.stdin.write(b" ".join(map(quoted, command)) + b'\nECHO "--end--"\n')
                line += 2
        out, errors = shell.communicate(timeout=60)
        return self.answers(steps, places, (printed + out).decode(), errors.decode())

    @staticmethod
    def answers(steps, places, out, errors):
        failed = {int(line): code for line, code in re.findall(r"^stdin:(\d+): ([A-Z]+): ", errors, re.M)}
        printed = iter(out.split('"--end--"\n'))
        answers = [None] * len(steps)
        for number, line, command in places:
            text = next(printed).strip()
            answer = Failed(failed[line]) if line in failed else of_json(json.loads(text)) if text else OK
            if not isinstance(steps[number], Transaction):
                answers[number] = answer
            elif command[0] == b"BEGIN":
                answers[number] = []
            elif command[0] not in (b"COMMIT", b"ROLLBACK"):
                answers[number].append(answer)
        return answers


class Program:
    """Commands as RESP to its standard input; a line of JSON for each, with bytes in hexadecimal."""

    def __init__(self, argv, environment=None):
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=dict(os.environ, **(environment or {})))

    def run(self, steps):
        answers = [self.step(one) for one in steps]
        self.process.stdin.close()
        assert self.process.wait(30) == 0
        return answers

    def step(self, one):
        if isinstance(one, Sleep):
            return time.sleep(one.seconds)
        if isinstance(one, Transaction):
            self.ask([b"BEGIN"])
            answers = [self.ask(command) for command in one.commands]
            self.ask([b"COMMIT" if one.is_kept else b"ROLLBACK"])
            return answers
        return self.ask(one)

    def ask(self, command):
        self.process.stdin.write(resp(command))
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"it ended at {command!r}"
        return plain(json.loads(line))


def plain(value):
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        if "error" in value:
            return Failed(value["error"])
        return LEFT if "left" in value else bytes.fromhex(value["hex"])
    return OK if value == "OK" else value


class Python:
    """The binding, in this process."""

    def __init__(self, path):
        sys.path.insert(0, os.path.join(BUILD, "python"))
        import kvstore

        self.kvstore = kvstore
        self.db = self.to = kvstore.open(path, sync="none")

    def run(self, steps):
        answers = [self.step(one) for one in steps]
        self.db.close()
        return answers

    def step(self, one):
        if isinstance(one, Sleep):
            return time.sleep(one.seconds)
        if not isinstance(one, Transaction):
            return self.ask(one)
        with self.db.transaction() as self.to:
            answers = [self.ask(command) for command in one.commands]
            if not one.is_kept:
                self.to.rollback()
        self.to = self.db
        return answers

    def ask(self, command):
        call = getattr(self, command[0].decode().lower(), None)
        try:
            return call(*command[1:]) if call else LEFT
        except self.kvstore.Error as error:
            return Failed(error.code)

    def at(self, rest):
        return {"at": int(rest[1])} if rest else {}

    def get(self, key, *rest):
        return self.to.get(key, **self.at(rest))

    def read(self, key, offset, length, *rest):
        return self.to.read(key, int(offset), int(length), **self.at(rest))

    def exists(self, key):
        return int(key in self.to)

    def strlen(self, key):
        info = self.to.stat(key)
        return info.size if info else 0

    def ttl(self, key):
        try:
            left = self.to.ttl(key)
        except KeyError:
            return -2
        return -1 if left is None else round(left)

    def set(self, key, value, *options):
        given = {}
        if options in ((b"NX",), (b"XX",)):
            given["if_absent" if options == (b"NX",) else "if_present"] = True
        elif options:
            given["ttl"] = int(options[1]) / (1000 if options[0] == b"PX" else 1)
        try:
            return None if self.to.put(key, value, **given) is None and given.get("if_present") else OK
        except self.kvstore.ExistsError:
            return None

    def append(self, key, value):
        return self.to.append(key, value)

    def delete(self, key):
        return OK if self.to.delete(key) else None

    def expire(self, key, seconds):
        return int(self.db.expire(key, ttl=int(seconds)))

    def persist(self, key):
        return int(self.db.expire(key))

    def prefix(self, prefix, *options):
        options = list(options)
        has_values = b"VALUES" in options
        given = {"prefix": prefix, "reverse": b"REV" in options}
        if b"LIMIT" in options:
            given["limit"] = int(options[options.index(b"LIMIT") + 1])
        if b"AFTER" in options:
            given["start"] = options[options.index(b"AFTER") + 1] + b"\0"
        if has_values:
            return [one for item in self.to.items(**given) for one in item]
        return list(self.to.keys(**given))

    def history(self, key):
        return [{"kind": one.kind.encode(), "size": one.size} for one in self.db.history(key)]

    def undo(self, key):
        return self.db.undo(key)

    def count(self):
        return len(self.db)
