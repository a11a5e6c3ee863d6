"""What is wrong is an exception that says so, and never a crash."""

import gc
import os
import subprocess
import sys
import threading
import time

import pytest

import kvstore


def test_the_hierarchy_of_errors():
    assert issubclass(kvstore.NotFoundError, FileNotFoundError)
    assert issubclass(kvstore.ConflictError, kvstore.DataError)
    assert issubclass(kvstore.LockedError, kvstore.OpenError)
    assert issubclass(kvstore.TooBigError, (kvstore.UsageError, ValueError))
    error = kvstore.errors.make("LOCKED", "it is", "wait")
    assert type(error) is kvstore.LockedError and error.code == "LOCKED"
    assert str(error) == "it is (wait)" and error.hint == "wait"
    assert type(kvstore.errors.make("NOSUCH", "x", "")) is kvstore.Error
    for name in kvstore.__all__:
        assert hasattr(kvstore, name)


def test_opening(path, tmp_path):
    with pytest.raises(FileNotFoundError):
        kvstore.open(path, read_only=True)
    (tmp_path / "text").write_text("this is no database, but a text of some length\n")
    with pytest.raises(kvstore.FormatError):
        kvstore.open(tmp_path / "text")
    with kvstore.open(path, lock_wait=0.01) as db:
        db["k"] = "v"
        with pytest.raises(kvstore.LockedError) as locked:
            kvstore.open(path)
        assert "--" not in locked.value.hint and "lock_wait" in locked.value.hint
        with pytest.raises(kvstore.LockedError):
            kvstore.open(path, lock_wait=0.15)
    for wrong in (
        {"sync": "often"},
        {"sync": "-5ms"},
        {"sync": "0ms"},
        {"memory": 5},
        {"compact_at": 101},
        {"keep_history": "perhaps"},
        {"lock_wait": -1},
    ):
        with pytest.raises((ValueError, kvstore.Error)):
            kvstore.open(path, **wrong)
    for wrong in ({"on_warning": 5}, {"unknown": 1}, {"sync": 5}):
        with pytest.raises(TypeError):
            kvstore.open(path, **wrong)
    with pytest.raises(ValueError):
        kvstore.open("a\0b")


def test_an_iterator_gives_nothing_more_once_its_store_is_closed(path):
    db = kvstore.open(path, sync="none")
    for i in range(100):
        db[f"k{i:03}"] = "v"
    txn, snapshot = db.transaction(), db.snapshot()
    walks = [iter(db.items()), iter(db.keys()), iter(txn.items()), iter(snapshot.values())]
    for walk in walks:
        next(walk)
    other = kvstore.open(str(path) + ".other", sync="none")
    other.close()  # not theirs
    for walk in walks:
        next(walk)
    db.close()
    for walk in walks:
        with pytest.raises(kvstore.ClosedError):
            next(walk)


def test_a_closed_iterator_is_at_its_end(db):
    for i in range(100):
        db[f"k{i:03}"] = "v"
    walk = iter(db.items())
    next(walk)
    walk.close()
    with pytest.raises(StopIteration):
        next(walk)


def test_a_closed_store_says_so(path):
    db = kvstore.open(path, sync="none")
    db["k"] = "v"
    walk = iter(db.items())
    txn, snapshot, follower, batch = (
        db.transaction(), db.snapshot(), db.follow("k"), db.batch(),
    )
    inner = iter(txn.items())
    batch["a"] = "1"
    assert not db.closed
    db.close()
    db.close()
    assert db.closed and "closed" in repr(db)
    for attempt in (
        lambda: db["k"], lambda: db.get("k"), lambda: db.put("k", "v"), lambda: "k" in db,
        lambda: len(db), lambda: list(db), lambda: db.__setitem__("k", "v"), db.sync, db.stats,
        lambda: db.__delitem__("k"), db.transaction, db.snapshot, lambda: db.follow("k"),
        lambda: next(walk), lambda: next(inner), lambda: txn["k"], txn.commit,
        lambda: snapshot["k"], lambda: follower.next(0), batch.apply, lambda: db.last_seq,
    ):
        with pytest.raises(kvstore.ClosedError):
            attempt()
    for part in (txn, snapshot, follower, batch):
        part.close()


def test_an_iterator_is_collected_while_a_compaction_swaps(db):
    for i in range(5000):
        db[f"{i:05}"] = bytes(100)
    stop = threading.Event()

    def compacts():
        while not stop.is_set():
            db["x"] = "y"
            db.compact(keep_history="none")

    thread = threading.Thread(target=compacts)
    thread.start()
    try:
        for _ in range(60):
            walks = [iter(db.items()), iter(db.snapshot().keys()), reversed(db.keys())]
            for walk in walks:
                next(walk)
            walks.append(walks)  # a cycle: the collector's
            del walk, walks
            if _ % 10 == 0:
                gc.collect()
        assert sum(1 for _ in db.keys(prefix="0")) == 5000
    finally:
        stop.set()
        thread.join()


def test_an_iterator_outlives_its_store(path):
    def walk():
        db = kvstore.open(path, sync="none")
        db.update((f"{i:04}", "v") for i in range(3000))
        return iter(db.keys())

    keys = walk()
    gc.collect()
    with pytest.raises(kvstore.ClosedError):
        for _ in keys:
            pass
    kvstore.open(path).close()


def test_an_iterator_is_made_by_a_store_alone(db):
    kind = type(iter(db))
    for attempt in (kind, lambda: kind.__new__(kind), lambda: object.__new__(kind)):
        with pytest.raises(TypeError):
            attempt()
    with pytest.raises(TypeError):
        type("Own", (kind,), {})
    with pytest.raises(TypeError):
        db._range(0)
    for which in (-1, 3, "0"):
        with pytest.raises((TypeError, kvstore.UsageError, kvstore.OutOfRangeError)):
            db._range(which, None, None, None, False, None, None)


def test_two_threads_and_one_iterator(db):
    db.update((f"{i:05}", bytes(50)) for i in range(20000))
    shared = iter(db.keys())
    seen, errors = [], []

    def reads():
        while True:
            try:
                seen.append(next(shared))
            except StopIteration:
                return
            except kvstore.StateError as error:
                errors.append(error)

    threads = [threading.Thread(target=reads) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == sorted(set(seen)) and len(seen) == 20000


def test_what_another_thread_uses_is_closed(db):
    db.update((f"{i:05}", bytes(50)) for i in range(3000))
    for _ in range(30):
        walk, follower, started = iter(db.keys()), db.follow_prefix(), threading.Event()
        ended = []

        def walks():
            try:
                for key in walk:
                    assert len(key) == 5
                    started.set()
            except kvstore.ClosedError:
                pass
            ended.append("walk")

        def follows():
            for change in follower:
                assert change.key == b"x"
            ended.append("follow")

        threads = [threading.Thread(target=walks), threading.Thread(target=follows)]
        for thread in threads:
            thread.start()
        started.wait(10)
        db["x"] = "y"
        walk.close()
        follower.close()
        for thread in threads:
            thread.join(10)
        assert sorted(ended) == ["follow", "walk"]
        del db["x"]


def test_closing_while_others_use_it(path):
    for _ in range(5):
        db = kvstore.open(path, sync="none")
        done = []

        def works():
            try:
                for i in range(10**9):
                    db[f"{i % 100}"] = "v"
                    db.get("5")
                    list(db.items(limit=20))
            except kvstore.Error as error:
                done.append(error.code)

        threads = [threading.Thread(target=works) for _ in range(3)]
        for thread in threads:
            thread.start()
        while len(db) < 50:
            pass
        db.close()
        for thread in threads:
            thread.join()
        assert set(done) <= {"FAILED", "USAGE"} and len(done) == 3


def test_what_a_callback_raises_is_shown(path, capsys, monkeypatch):
    with kvstore.open(path) as db:
        db["k"] = "a value to be spoiled"
    data = path.read_bytes()
    path.write_bytes(data.replace(b"spoiled", b"SPOILED"))
    shown, told = threading.Event(), []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: shown.set())

    def warn(message):
        told.append(message)
        raise ZeroDivisionError

    with kvstore.open(path, scrub_rate=1 << 30, on_warning=warn) as db:
        with pytest.raises(kvstore.CorruptError):
            db["k"]
        if shown.wait(5):
            assert told and all(isinstance(message, str) for message in told)
        db["k"] = "new"
        assert db["k"] == b"new"


def test_exceptions_leave_nothing_behind(db):
    class Key:
        pass

    with pytest.raises(TypeError):
        db.update({"a": "1", Key(): "2"})
    assert len(db) == 0
    data = bytearray(b"value")
    db["k"] = data
    data.extend(b" more")  # no buffer is held any more
    with pytest.raises(TypeError):
        db.put(memoryview(data), None)
    data.extend(b" yet more")


def test_a_subclass_that_forgets_init(path):
    class Forgetful(kvstore.Store):
        def __init__(self):
            pass

    with pytest.raises(TypeError):
        Forgetful()["k"] = "v"


def test_wrong_numbers_are_errors_of_the_call(db):
    db["k"] = "v"
    for call in (
        lambda: db.put("t", "v", ttl="5"),
        lambda: db.put("t", "v", expires_at="5"),
        lambda: db.put("t", "v", if_seq="1"),
        lambda: db.get("k", at="1"),
        lambda: list(db.keys(limit="1")),
    ):
        with pytest.raises(TypeError):
            call()
    for call in (
        lambda: db.put("t", "v", ttl=-1),
        lambda: db.put("t", "v", if_seq=-1),
        lambda: db.get("k", at=-1),
        lambda: db.get("k", at=2**64),
        lambda: db.get("k", at=-1.0),
        lambda: list(db.keys(limit=-1)),
        lambda: db.undo("k", to=-1),
    ):
        with pytest.raises(kvstore.OutOfRangeError):
            call()
    assert "t" not in db


def test_what_another_thread_closes_is_closed_for_all(path):
    for _ in range(20):
        db = kvstore.open(path, sync="none")
        db["k"] = "v"
        raised = []

        def use(db=db, raised=raised):
            try:
                while True:
                    db.snapshot().close()
                    iter(db.items()).close()
                    db.follow("k").close()
                    db.transaction().rollback()
            except kvstore.Error as error:
                raised.append(type(error))

        threads = [threading.Thread(target=use, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.002)
        db.close()
        for thread in threads:
            thread.join()
        assert raised == [kvstore.ClosedError] * 4


def test_a_child_process_has_no_handles(db):
    db["k"] = "v"
    walk = iter(db.items())
    child = os.fork()
    if child == 0:
        code = 1
        try:
            db["child"] = "v"
        except kvstore.UsageError:
            try:
                next(walk)
            except kvstore.UsageError:
                code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert "child" not in db and next(walk) == (b"k", b"v")


def test_a_program_that_closes_nothing_ends_cleanly(path):
    program = (
        "import sys, kvstore, threading\n"
        "db = kvstore.open(sys.argv[1], scrub_rate=1 << 20, on_warning=print)\n"
        "db['k'] = 'v'\n"
        "walk = iter(db.items())\n"
        "threading.Thread(target=list, args=(db.follow('k'),), daemon=True).start()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], timeout=60, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    with kvstore.open(path) as db:
        assert db["k"] == b"v" and "cut" not in db.open_report


def test_numbers_that_do_not_fit_are_out_of_range(db, path, tmp_path):
    db["k"] = "v"
    other = tmp_path / "other"
    for call in (
        lambda: kvstore.open(other, transaction_time=4294967.4),
        lambda: kvstore.open(other, transaction_time=float("inf")),
        lambda: kvstore.open(other, lock_wait=float("nan")),
        lambda: kvstore.open(other, memory=-1),
        lambda: kvstore.open(other, compact_at=1 << 40),
        lambda: kvstore.open(other, scrub_rate=-1),
        lambda: kvstore.open(other, transaction_bytes=1 << 64),
        lambda: db.read("k", 0, -1),
        lambda: db.read("k", 1 << 63),
        lambda: db.snapshot().read("k", 0, -1),
        lambda: db.transaction().read("k", 0, -1),
        lambda: db.history("k", -1),
        lambda: db.snapshot(-1),
        lambda: db.follow("k", 1 << 63),
        lambda: db.follow_prefix(from_seq=-1),
        lambda: db.expire("k", 1e30),
        lambda: db.expire("k", float("nan")),
        lambda: db.expire("k", float("inf")),
        lambda: db.expire("k", -1),
        lambda: db.expire("k", 3600),
        lambda: db.transaction().expire("k", -1),
        lambda: db.put("k", "w", expires_at=3600),
        lambda: db.transaction().put("k", "w", expires_at=3600),
    ):
        with pytest.raises(kvstore.OutOfRangeError):
            call()
    assert db["k"] == b"v" and db.stat("k").expires_at is None and not other.exists()
    for wrong in (0.5, "1", None):
        with pytest.raises(TypeError):
            db.history("k", wrong)


def test_the_wait_for_a_lock_may_be_longer_than_32_bits_of_milliseconds(path):
    holder, opened = kvstore.open(path), []
    thread = threading.Thread(
        target=lambda: opened.append(kvstore.open(path, lock_wait=4294967.4))
    )
    thread.start()
    time.sleep(0.3)  # more than is left of it in 32 bits
    assert thread.is_alive()
    holder.close()
    thread.join()
    opened[0].close()


def test_paths_that_are_not_utf8_and_strings_with_a_zero_byte(tmp_path):
    name = os.fsencode(tmp_path) + b"/\xff.kvs"
    db = kvstore.open(os.fsdecode(name), sync="none")
    db["k"] = "v"
    assert db.path == os.fsdecode(name) and os.path.exists(name)
    db.backup(os.fsdecode(name + b".copy"))
    with pytest.raises(kvstore.LockedError) as locked:
        kvstore.open(name)
    assert "\udcff.kvs" in str(locked.value)
    for copy in (tmp_path / "b\0z", str(tmp_path / "b\0z"), os.fsencode(tmp_path / "b\0z")):
        with pytest.raises(kvstore.UsageError):
            db.backup(copy)
    db.close()
    with kvstore.open(name + b".copy") as copy:
        assert copy["k"] == b"v"
    for wrong in (
        {"sync": "-18446744073709551615ms"}, {"sync": "100ms\0"}, {"sync": " 5ms"},
        {"keep_history": "none\0"}, {"compression": "none\0"},
    ):
        with pytest.raises(kvstore.UsageError):
            kvstore.open(tmp_path / "u", **wrong)
    assert sorted(os.listdir(os.fsencode(tmp_path))) == [b"\xff.kvs", b"\xff.kvs.copy"]
