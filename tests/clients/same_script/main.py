"""Runs the script by every way, and compares the answers with those of the text protocol."""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import local
import web
import wire
from answers import Failed, Left, normal
from script import COMMANDS, CORE, Sleep, Transaction

KVSTORE, BUILD = os.environ["KVSTORE"], os.environ["KVSTORE_BUILD"]
HERE = os.path.dirname(os.path.abspath(__file__))


class Server:
    def __init__(self, directory):
        log = os.path.join(directory, "log")
        self.process = subprocess.Popen([KVSTORE, os.path.join(directory, "data.bin"), "--sync", "none", "--listen", "0",
                                         "--http", "0"], stderr=open(log, "wb"))
        for _ in range(400):
            ready = re.search(r"^kvstore: ready on [^ ]*:(\d+) and http://[^ ]*:(\d+),", open(log).read(), re.M)
            if ready:
                self.port, self.http_port = map(int, ready.groups())
                return
            time.sleep(0.02)
        sys.exit("the server does not start: " + open(log).read())

    def end(self):
        self.process.terminate()
        assert self.process.wait(30) == 0


def of_server(make, directory, steps):
    server = Server(directory)
    try:
        return make(server).run(steps)
    finally:
        server.end()


def ways():
    """(name, how to run steps in a directory, whether it knows all commands)"""
    for name, make in {
        "text": lambda server: wire.Text(server.port),
        "RESP2": lambda server: wire.Resp2(server.port),
        "RESP3": lambda server: wire.Resp3(server.port),
        "HTTP": lambda server: web.Commands(server.http_port),
        "HTTP's verbs": lambda server: web.Verbs(server.http_port),
    }.items():
        yield name, lambda directory, steps, make=make: of_server(make, directory, steps), True
    yield "the shell", lambda directory, steps: local.Shell(directory + "/data.bin").run(steps), True
    program = os.path.join(BUILD, "tests", "same_script_c")
    if os.path.exists(program):
        yield "C", lambda directory, steps: local.Program([program, directory + "/data.bin"]).run(steps), False
    else:
        print("left out: C (libkvstore.so was not built)")
    if glob.glob(os.path.join(BUILD, "python", "kvstore", "_kvstore*.so")):
        yield "Python", lambda directory, steps: local.Python(directory + "/data.bin").run(steps), False
    else:
        print("left out: Python (the binding was not built)")
    module, node = os.path.join(BUILD, "bindings", "node", "kvstore.node"), shutil.which("node")
    if node and os.path.exists(module):
        argv = [node, os.path.join(HERE, "node.js")]
        environment = {"KVSTORE_NODE_MODULE": module}
        for name, how, knows_all in (("Node", "calls", False), ("Node's command()", "commands", True)):
            yield name, lambda directory, steps, how=how: local.Program(
                argv + [how, directory + "/data.bin"], environment).run(steps), knows_all
    else:
        print("left out: Node (no node, or the binding was not built)")


def shown(step):
    words = step if isinstance(step, list) else [type(step).__name__.encode()]
    return " ".join(wire.quoted(word[:40]).decode() for word in words)


def compare(name, steps, expected, answers):
    """How many differ."""
    differing = 0
    for step, one, other in zip(steps, expected, answers):
        if isinstance(step, Sleep):
            continue
        commands = step.commands if isinstance(step, Transaction) else [step]
        if not isinstance(step, Transaction):
            one, other = [one], [other]
        if isinstance(other, Failed):
            other = [other] * len(commands)
        for command, ours, theirs in zip(commands, one, other):
            if normal(command, theirs) == normal(command, ours):
                continue
            print(f"FAILED: {name}: {shown(command)}\n  text: {ours!r:.200}\n  {name}: {theirs!r:.200}")
            differing += 1
    return differing


def main():
    differing, expected = 0, None
    for name, run, knows_all in ways():
        steps = CORE + COMMANDS if knows_all else CORE
        with tempfile.TemporaryDirectory() as directory:
            answers = run(directory, steps)
        expected = expected or answers
        left = sum(isinstance(one, Left) for one in answers)
        print(f"{name}: {len(answers)} answers" + (f", {left} left out" if left else ""))
        differing += compare(name, steps, expected, answers)
    return differing > 0


sys.exit(main())
