"""What Python answers is what the program's commands answer, of a file of their own each, and of one file."""

import os
import subprocess

import pytest

import kvstore

PROGRAM = os.environ.get("KVSTORE")
pytestmark = pytest.mark.skipif(not PROGRAM, reason="$KVSTORE names no program")


def run(path, *command):
    """Its answer; None: the key is missing."""
    # The sanitizer's runtime is preloaded for Python's sake.
    clean = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    done = subprocess.run(
        [PROGRAM, path, *command], capture_output=True, text=True, timeout=60, env=clean
    )
    if done.returncode == 3:
        return None
    return done.stdout.rstrip("\n") if done.returncode == 0 else f"exit code {done.returncode}"


def text(answer):
    if isinstance(answer, bytes):
        return answer.decode()
    return None if answer is None else str(int(answer))


# A command, and the same in Python.
SCRIPT = [
    (["SET", "k", "value"], lambda db: db.put("k", "value") and b""),
    (["GET", "k"], lambda db: db["k"]),
    (["GET", "none"], lambda db: db.get("none")),
    (["APPEND", "k", "+more"], lambda db: db.append("k", "+more")),
    (["READ", "k", "-4", "4"], lambda db: db.read("k", -4, 4)),
    (["READ", "k", "100", "4"], lambda db: db.read("k", 100, 4)),
    (["READ", "none", "0", "4"], lambda db: db.read("none", 0, 4)),
    (["STRLEN", "k"], lambda db: db.stat("k").size),
    (["EXISTS", "k"], lambda db: "k" in db),
    (["SET", "k", "x", "NX"], lambda db: error(lambda: db.put("k", "x", if_absent=True))),
    (["GET", "k", "AT", "1"], lambda db: db.get("k", at=1)),
    (["SET", "z", "1"], lambda db: db.put("z", "1") and b""),
    (["KEYS"], lambda db: b"\n".join(db)),
    (["DEL", "k", "none"], lambda db: db.delete("k") + db.delete("none")),
    (["DBSIZE"], lambda db: len(db)),
    (["UNDO", "k"], lambda db: db.undo("k") and b""),
    (["GET", "k"], lambda db: db["k"]),
]


def error(call):
    try:
        call()
    except kvstore.ExistsError:
        return None  # as the command answers it: nothing was set
    raise AssertionError("no error")


def test_commands_and_python_answer_the_same(tmp_path):
    theirs = tmp_path / "theirs.bin"
    with kvstore.open(tmp_path / "ours.bin") as db:
        for command, call in SCRIPT:
            answer = run(theirs, *command)
            if command[0] == "UNDO":
                call(db)  # the command says more
            else:
                assert (command, answer) == (command, text(call(db)))
        ours = dict(db)
    with kvstore.open(theirs) as db:
        assert dict(db) == ours
        # While it is open here, nobody else writes it, and any number read.
        assert run(theirs, "SET", "k", "v") == "exit code 4"
        assert run(theirs, "--read-only", "GET", "k") == ours[b"k"].decode()
