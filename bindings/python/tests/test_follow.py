"""Followers wait without stopping others, and can be stopped."""

import signal
import subprocess
import sys
import threading

import pytest

import kvstore


def test_a_value_as_it_grows(db):
    db.append("log", "one")
    with db.follow("log") as follower:
        assert follower.next() == ("bytes", 0, b"one")
        assert follower.next(timeout=0) is None
        writer = threading.Timer(0.05, lambda: db.append("log", "two"))
        writer.start()
        assert follower.next() == ("bytes", 3, b"two")
        writer.join()
        db["log"] = "new"
        assert follower.next().kind == "anew"
        assert follower.next().data == b"new"
        del db["log"]
        assert follower.next().kind == "removed"
    with pytest.raises(kvstore.ClosedError):
        follower.next()
    db["log"] = "abcdef"
    assert db.follow("log", -2).next().data == b"ef"
    assert db.follow("log", None).next(timeout=0.01) is None


def test_changes_of_a_prefix_can_be_resumed(db):
    db["u:1"] = "a"
    with db.follow_prefix("u:", from_seq=1) as follower:
        assert follower.next()[:5] == ("set", 1, b"u:1", b"a", 0)
        db["other"] = "x"
        db.append("u:1", "b")
        db.delete("u:1")
        with db.batch() as batch:
            batch["u:2"] = "c"
            batch["u:3"] = bytes(200_000)
        assert follower.next()[:5] == ("append", 3, b"u:1", b"b", 1)
        assert follower.next().kind == "delete"
        assert follower.next().seq == follower.next().seq == 5
        db.clear()
        change = follower.next()
        assert change.kind == "clear" and change.key is None
    db["u:4"] = "d"
    with db.follow_prefix("u:", from_seq=change.seq + 1) as follower:
        assert follower.next().key == b"u:4"
        assert follower.next(timeout=0) is None
        assert follower.position == db.last_seq + 1
    with pytest.raises(kvstore.OutOfRangeError):
        db.follow_prefix("u:", from_seq=1000)


def test_cancelling_ends_the_loop(db):
    follower = db.follow_prefix()
    seen = []

    def loop():
        for change in follower:
            seen.append(change.key)
            if change.key == b"last":
                ready.set()

    ready = threading.Event()
    thread = threading.Thread(target=loop)
    thread.start()
    db["first"] = "1"
    db["last"] = "2"
    assert ready.wait(10)
    follower.cancel()
    thread.join(10)
    assert not thread.is_alive() and seen == [b"first", b"last"]


def test_closing_the_store_ends_the_loop(path):
    db = kvstore.open(path, sync="none")
    db["k"] = "v"
    follower = db.follow("k")
    assert follower.next().data == b"v"
    ended = []

    def loop():
        for _ in follower:
            pass
        ended.append("end")

    thread = threading.Thread(target=loop)
    thread.start()
    db.close()
    thread.join(10)
    assert ended == ["end"]
    with pytest.raises(kvstore.ClosedError):
        follower.next()


def test_ctrl_c_interrupts(path):
    program = """
import sys, kvstore
db = kvstore.open(sys.argv[1])
try:
    print("ready", flush=True)
    for event in db.follow("nothing"):
        pass
except KeyboardInterrupt:
    print("interrupted", flush=True)
db.close()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
        assert out == "interrupted\n" and process.returncode == 0
