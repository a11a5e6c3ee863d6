"""A store is a mapping of bytes to bytes, in the order of its keys."""

import datetime
from collections.abc import Mapping, MutableMapping

import pytest

import kvstore


def test_what_was_set_is_there(db):
    db["key"] = "value"
    assert db["key"] == db[b"key"] == db[bytearray(b"key")] == db[memoryview(b"key")] == b"value"
    assert b"key" in db and "other" not in db
    assert len(db) == 1
    del db["key"]
    assert "key" not in db and len(db) == 0


def test_a_missing_key_is_a_key_error_with_the_key(db):
    for attempt in (lambda: db["none"], lambda: db.__delitem__("none"), lambda: db.pop("none")):
        with pytest.raises(KeyError) as raised:
            attempt()
        assert raised.value.args == ("none",)
    assert db.get("none") is None
    assert db.get("none", 7) == 7
    assert db.pop("none", 7) == 7
    with pytest.raises(KeyError):
        db.popitem()


def test_it_acts_as_a_dict(db):
    model = {}
    for i in (3, 1, 2):
        db[f"k{i}"] = model[f"k{i}".encode()] = f"v{i}".encode()
    assert list(db) == sorted(model)
    assert list(db.keys()) == sorted(model)
    assert list(db.items()) == sorted(model.items())
    assert list(db.values()) == [v for _, v in sorted(model.items())]
    assert list(reversed(db)) == sorted(model, reverse=True)
    assert list(reversed(db.items())) == sorted(model.items(), reverse=True)
    assert dict(db) == model
    assert len(db.items()) == 3 and b"k1" in db.keys() and (b"k1", b"v1") in db.items()
    assert "k1" in db.keys() and "k0" not in db.keys() and "k1" not in db.keys(start="k2")
    assert ("k1", "v1") in db.items("k") and ("k1", "v2") not in db.items() and "v1" in db.values()
    assert "k1" not in db.keys("x") and "k1" not in db.keys(stop="k1") and "k2" not in db.keys(limit=1)
    assert db.items() and not db.items("x") and db
    assert db.setdefault("k1", "other") == b"v1"
    assert db.setdefault("k4", "v4") == b"v4"
    assert db.pop("k4") == b"v4"
    assert db.popitem() == (b"k3", b"v3")
    db.update({"a": "1", b"b": b"2"}, c="3")
    db.update([("d", "4")])
    assert [db[k] for k in "abcd"] == [b"1", b"2", b"3", b"4"]
    assert db.stat("a").seq == db.stat("c").seq
    db.clear()
    assert not list(db) and len(db) == 0
    assert isinstance(db, MutableMapping) and isinstance(db.snapshot(), Mapping)


@pytest.mark.parametrize("size", [0, 1, 100, 3000])
@pytest.mark.parametrize("reverse", [False, True])
def test_iterators_fetch_many_entries_and_give_each_once(db, size, reverse):
    """Sizes and counts around those of what an iterator fetches at a time."""
    expected = [(b"%04d" % i, bytes([i % 251]) * (size + i % 3)) for i in range(600)]
    db.update(expected)
    db["0300"] = bytes(700_000)  # more than a fetch takes
    expected[300] = (b"0300", bytes(700_000))
    if reverse:
        expected.reverse()
    keys = [key for key, _ in expected]
    txn = db.transaction()
    for of in (db, db.snapshot(), txn):
        assert list(of.items(reverse=reverse)) == expected
        assert list(of.keys(reverse=reverse)) == keys
        for limit in (1, 15, 16, 17, 127, 128, 129, 300, 599, 600, 601):
            assert list(of.keys(reverse=reverse, limit=limit)) == keys[:limit]
    assert list(db.values(reverse=reverse, limit=310)) == [value for _, value in expected[:310]]
    txn.rollback()
    walk = iter(db.items(reverse=reverse))
    taken = [next(walk) for _ in range(17)]
    walk.close()
    assert taken == expected[:17] and list(walk) == []


def test_any_bytes_are_keys_and_values(db):
    keys = [b"", b"\0", b"\xff\xfe", "ключ".encode(), b"x" * 65535]
    for key in keys:
        db[key] = key[::-1]
    assert list(db) == sorted(keys)
    for key in keys:
        assert db[key] == key[::-1]
    db["big"] = bytes(3_000_000)
    assert db["big"] == bytes(3_000_000)


@pytest.mark.parametrize("wrong", [None, 1, 1.5, ["a"], object()])
def test_what_is_no_bytes_is_a_type_error(db, wrong):
    for attempt in (
        lambda: db.__setitem__("k", wrong),
        lambda: db.__setitem__(wrong, "v"),
        lambda: db.get(wrong),
        lambda: db[wrong],
        lambda: wrong in db,
        lambda: db.delete(wrong),
        lambda: db.put("k", wrong),
        lambda: db.append("k", wrong),
        lambda: db.items(prefix=wrong).__iter__() if wrong is not None else db.read(None),
    ):
        with pytest.raises(TypeError):
            attempt()
    with pytest.raises(UnicodeEncodeError):
        db["\ud800"] = "v"
    with pytest.raises(BufferError):
        db[memoryview(b"abcdef")[::2]] = b"v"
    assert len(db) == 0


def test_ranges(db):
    for i in range(1000):
        db[f"k{i:03}"] = str(i)
    assert [int(v) for v in db.values(start="k100", stop="k200")] == list(range(100, 200))
    assert [int(v) for v in db.values(prefix="k99")] == list(range(990, 1000))
    assert [int(v) for v in db.values(prefix="k99", reverse=True)] == list(range(999, 989, -1))
    assert [int(v) for v in db.values(start="k5", limit=3)] == [500, 501, 502]
    assert [int(v) for v in db.values(limit=700)] == list(range(700))
    assert [int(v) for v in db.values(stop="k5", limit=2, reverse=True)] == [499, 498]
    assert db.keys(prefix="k1").count() == 100 and len(db.keys()) == 1000
    with pytest.raises(TypeError):
        len(db.keys(prefix="k1"))
    assert list(db.keys(prefix="none")) == [] and list(db.keys(limit=0)) == []
    view = db.items(start="k998")
    assert list(view) == list(view) == [(b"k998", b"998"), (b"k999", b"999")]
    assert list(db.keys(start=b"", stop=b"")) == []
    with pytest.raises(TypeError):
        reversed(db.keys(limit=3))


def test_a_walk_shows_one_version(db):
    for i in range(2000):
        db[f"{i:04}"] = b"old"
    seen = []
    for key, value in db.items():
        assert value == b"old"
        db[key] = b"new"
        db[key + b"more"] = b"new"
        seen.append(key)
    assert len(seen) == 2000 and len(db) == 4000


def test_versions_and_the_past(db):
    first = db.put("k", "1")
    second = db.put("k", "2")
    assert second > first == db.history("k")[1].seq
    assert db.get("k", at=first) == b"1"
    assert db.get("k", "none", at=first - 1) == "none"
    assert db.stat("k", at=first).size == 1
    then = db.stat("k", at=first).time
    assert then.tzinfo is not None
    assert db.get("k", at=then) in (b"1", b"2")
    assert db.get("k", at=then - datetime.timedelta(seconds=1)) is None
    assert db.get("k", at=then.timestamp() - 1) is None
    assert db.read("k", at=first) == b"1"
    assert list(db.items(at=first)) == [(b"k", b"1")]
    assert [entry.kind for entry in db.history("k")] == ["set", "set"]
    assert db.undo("k") == db.last_seq and db["k"] == b"1"
    with pytest.raises(TypeError):
        db.get("k", at="yesterday")
    db.compact(keep_history="none")
    with pytest.raises(kvstore.PurgedError):
        db.get("k", at=first)


def test_append_and_read(db):
    assert db.append("log", "hello ") == 6
    assert db.append("log", b"world") == 11
    assert db.read("log", 6) == b"world"
    assert db.read("log", -5, 2) == b"wo"
    assert db.read("log", 100) == b""
    assert db.read("none") is None
    assert db.append("none", "x", if_present=True) is None
    assert db.stat("log").size == 11 and db.stat("none") is None


def test_conditions(db):
    seq = db.put("k", "1", if_absent=True)
    with pytest.raises(kvstore.ExistsError):
        db.put("k", "2", if_absent=True)
    assert db.put("none", "2", if_present=True) is None
    with pytest.raises(kvstore.ConflictError) as raised:
        db.put("k", "2", if_seq=seq + 1)
    assert raised.value.code == "CONFLICT" and raised.value.hint
    seq = db.put("k", "2", if_seq=seq)
    with pytest.raises(kvstore.ConflictError):
        db.delete("k", if_seq=seq - 1)
    assert db.delete("k", if_seq=seq) is True
    assert db.delete("k") is False
    db.put("k", "3", if_seq=0)
    with pytest.raises(ValueError):
        db.put("k", "3", if_absent=True, if_seq=4)


def test_expiries(db):
    db.put("k", "v", ttl=100)
    assert 99 < db.ttl("k") <= 100
    assert db.stat("k").expires_at > datetime.datetime.now(datetime.timezone.utc)
    assert db.expire("k") and db.ttl("k") is None
    assert db.expire("k", ttl=50) and db.ttl("k") <= 50
    assert not db.expire("none", ttl=50)
    with pytest.raises((ValueError, kvstore.Error)):  # a time to live, given as a time
        db.expire("k", 60)
    assert "k" in db
    db.expire("k", 1e9)
    assert "k" not in db
    with pytest.raises(KeyError):
        db.ttl("k")
    db.put("k", "v", expires_at=db.now() + datetime.timedelta(hours=1))
    assert db.ttl("k") > 3500
    for wrong in ({"ttl": -1}, {"ttl": 0}, {"ttl": float("nan")}, {"expires_at": -5.0}):
        with pytest.raises(ValueError):
            db.put("k", "v", **wrong)


def test_batches(db):
    db["gone"] = "x"
    with db.batch() as batch:
        batch["a"] = "1"
        batch.append("a", "2")
        batch.put("b", "3", expires_at=db.now() + datetime.timedelta(hours=1))
        del batch["gone"]
        assert "a" not in db
    assert dict(db) == {b"a": b"12", b"b": b"3"}
    assert db.stat("a").seq == db.stat("b").seq
    with pytest.raises(ZeroDivisionError):
        with db.batch() as batch:
            batch["c"] = "1"
            1 / 0
    assert "c" not in db
    with pytest.raises(kvstore.ClosedError):
        batch["c"] = "1"


def test_looking_after_the_file(db, tmp_path):
    db["k"] = "v"
    db.sync()
    db.commit()
    assert db.durable_seq == db.last_seq == 1
    db.checkpoint()
    db.stop_compaction()
    assert db.stats()["keys"] == 1
    assert db.open_report
    db.backup(tmp_path / "copy.bin")
    with pytest.raises(kvstore.ExistsError):
        db.backup(tmp_path / "copy.bin")
    with kvstore.open(tmp_path / "copy.bin", read_only=True) as copy:
        assert dict(copy) == {b"k": b"v"}
        with pytest.raises(kvstore.ReadOnlyError):
            copy["k"] = "w"


def test_update_takes_what_a_dict_takes(db):
    class Row:
        """As sqlite3.Row: keys and [], of any index, too, and no items()."""

        def keys(self):
            return ["a", "b"]

        def __getitem__(self, key):
            return f"of {key}"

    expected = {}
    for target in (expected, db):
        target.update(Row())
        target.update(other="1", self="2")
        target.update([("c", "3")], d="4")
    assert dict(db.items()) == {key.encode(): value.encode() for key, value in expected.items()}
    copy = dict(db.items())
    with db.transaction() as txn:
        db.update(txn)
    db.update(db.snapshot())
    assert dict(db.items()) == copy


def test_what_no_view_has(db):
    db["a"] = "b"
    plain = {"a": "b"}
    for item in ("ab", ["a", "b"], ("a",), ("a", "b", "c"), (), 5, ("a", 5), "\udc80"):
        assert (item in plain.items()) is False
        assert (item in db.items()) is False
    for item in (5, (), "\udc80", None):
        assert item not in db.keys() and item not in db.values()
    assert ("a", "b") in db.items() and "a" in db.keys() and "b" in db.values()
