"""Transactions and snapshots."""

import threading

import pytest

import kvstore


def test_a_block_commits_or_rolls_back(db):
    with db.transaction() as txn:
        txn["a"] = "1"
        txn.append("a", "2")
        assert txn["a"] == b"12" and "a" in txn and "a" not in db
        assert list(txn.items()) == [(b"a", b"12")]
        assert txn.stat("a").size == 2 and txn.read("a", 1) == b"2"
    assert db["a"] == b"12" and txn.seq == db.last_seq
    with pytest.raises(ZeroDivisionError):
        with db.transaction() as txn:
            txn["a"] = "3"
            1 / 0
    assert db["a"] == b"12"
    with pytest.raises(kvstore.ClosedError):
        txn["a"] = "4"
    with db.transaction() as txn:
        del txn["a"]
        with pytest.raises(KeyError):
            del txn["a"]
        txn.put("b", "1", ttl=100)
        txn.expire("b", None)
        assert txn.get("none", 5) == 5
        txn.rollback()
    assert dict(db) == {b"a": b"12"}


def test_who_loses_is_told_and_transact_begins_anew(db):
    db["n"] = "0"
    with pytest.raises(kvstore.ConflictError):
        with db.transaction() as txn:
            txn["n"] = str(int(txn["n"]) + 1)
            db["n"] = "10"
    assert db["n"] == b"10"

    def increment(txn):
        txn["n"] = str(int(txn["n"]) + 1)
        return int(txn["n"])

    def many():
        for _ in range(50):
            db.transact(increment)

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db["n"] == b"210"

    calls = []

    def hopeless(txn):
        calls.append(txn["n"])
        db["n"] = str(len(calls))
        txn["n"] = "x"

    with pytest.raises(kvstore.ConflictError):
        db.transact(hopeless, attempts=5)
    assert len(calls) == 5
    with pytest.raises(ZeroDivisionError):
        db.transact(lambda txn: 1 / 0)


def test_ranges_of_a_transaction_see_its_writes(db):
    for i in range(600):
        db[f"{i:03}"] = "x"
    with db.transaction() as txn:
        txn["0005"] = "mine"
        del txn["599"]
        keys = list(txn.keys())
        assert len(keys) == 600 and b"0005" in keys and b"599" not in keys
        assert list(txn.keys(reverse=True)) == keys[::-1]
        assert list(txn.keys(prefix="00")) == [k for k in keys if k.startswith(b"00")]
        walk = iter(txn.items())
        next(walk)
    with pytest.raises(kvstore.Error):
        list(walk), list(walk)


def test_limits(db):
    with pytest.raises(kvstore.ReadOnlyError):
        with db.transaction(read_only=True) as txn:
            txn["k"] = "v"
    with kvstore.open(db.path + ".small", transaction_bytes=1000) as small:
        with pytest.raises(kvstore.AbortedError):
            with small.transaction() as txn:
                txn["k"] = bytes(5000)


def test_snapshots_stay(db):
    db["k"] = "old"
    with db.snapshot() as snapshot:
        db["k"] = "new"
        db["other"] = "x"
        assert snapshot["k"] == b"old" and "other" not in snapshot and len(snapshot) == 1
        assert dict(snapshot.items()) == {b"k": b"old"} == dict(snapshot)
        assert snapshot.read("k", 1) == b"ld" and snapshot.stat("k").seq == snapshot.seq
        assert snapshot.get("none") is None
        with pytest.raises(KeyError):
            snapshot["none"]
        db.compact(keep_history="none")
        assert snapshot["k"] == b"old"
    assert "closed" in repr(snapshot)
    with pytest.raises(kvstore.ClosedError):
        snapshot.get("k")
