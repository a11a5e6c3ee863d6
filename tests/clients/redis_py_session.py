"""A session of redis-py: strings, expiry, transactions, pipelines, binary data, reconnects.

    python3 redis_py_session.py PORT
"""
import sys
import threading
import time

import redis

port = int(sys.argv[1])
r = redis.Redis(port=port, health_check_interval=1, client_name="redis-py")
assert r.ping() and r.client_getname() in ("redis-py", b"redis-py")
assert r.set("a", 1) and r.incr("a") == 2 and r.get("a") == b"2"
assert r.mset({"b": "x", "c": "y"}) and r.mget("a", "b", "none") == [b"2", b"x", None]
assert r.append("b", "yz") == 3 and r.getrange("b", 1, -1) == b"yz" and r.strlen("b") == 3

# expiry
assert r.set("t", "v", ex=100) and 0 < r.ttl("t") <= 100 and r.persist("t") and r.ttl("t") == -1
assert r.set("t", "v", px=50) and r.get("t") == b"v"
time.sleep(0.08)
assert r.get("t") is None and r.exists("t") == 0
assert r.set("nx", "1", nx=True) and r.set("nx", "2", nx=True) is None and r.getex("nx", ex=5) == b"1"

# binary
everything = bytes(range(256)) * 100
assert r.set(b"\x00\xff", everything) and r.get(b"\x00\xff") == everything
assert r.setrange("bin", 3, b"\r\n") == 5 and r.get("bin") == b"\0\0\0\r\n"

# transactions and pipelines
with r.pipeline() as pipe:
    assert pipe.set("p", 1).incr("p").get("p").execute() == [True, 2, b"2"]
with r.pipeline() as pipe:
    pipe.watch("p")
    r.set("p", 10)
    pipe.multi()
    pipe.set("q", 1)
    try:
        pipe.execute()
        raise AssertionError("the watched key had changed")
    except redis.WatchError:
        pass
with r.pipeline(transaction=False) as pipe:
    for i in range(10_000):
        pipe.set(f"pipe:{i}", i)
    assert all(pipe.execute())


def add_one(pipe):
    value = int(pipe.get("p"))
    pipe.multi()
    pipe.set("w", value + 1)


assert r.transaction(add_one, "p") == [True] and r.get("w") == b"11"
try:
    with r.pipeline() as pipe:
        pipe.set("x", "y").incr("x").execute()
    raise AssertionError("INCR of a word")
except redis.ResponseError as error:
    assert "not an integer" in str(error), error
assert sum(1 for _ in r.scan_iter("pipe:*", count=500)) == 10_000
assert r.delete("a", "b", "none") == 2 and r.unlink("c") == 1 and r.type("p") == b"string"

# the server
assert r.info()["redis_version"] and r.info("persistence")["loading"] == 0
assert any(client["name"] == "redis-py" for client in r.client_list())
assert r.config_get("appendonly") == {"appendonly": "yes"} and r.dbsize() >= 10_000
assert r.command_count() > 100 and r.time()[0] > 1_600_000_000 and r.role()[0] == b"master"
assert r.memory_usage("p") > 0 and r.object("encoding", "p") == b"int"
assert r.slowlog_reset() and isinstance(r.slowlog_get(), list)
for unknown in ("LPUSH l x", "HSET h f v", "SADD s m", "XADD s * f v", "EVAL 1 0"):
    try:
        r.execute_command(*unknown.split())
        raise AssertionError(unknown)
    except redis.ResponseError as error:
        assert str(error).startswith("unknown command"), error

# channels
p = r.pubsub()
p.subscribe("news", "other")
p.psubscribe("n*")
assert [p.get_message(timeout=5)["type"] for _ in range(3)] == ["subscribe"] * 2 + ["psubscribe"]
assert r.publish("news", everything) == 2 and r.pubsub_numsub("news") == [(b"news", 1)]
assert sorted((p.get_message(timeout=5) for _ in range(2)), key=lambda m: m["type"]) == [
    {"type": "message", "pattern": None, "channel": b"news", "data": everything},
    {"type": "pmessage", "pattern": b"n*", "channel": b"news", "data": everything}]
p.ping("x")
assert p.get_message(timeout=5)["type"] == "pong"
p.unsubscribe()
p.punsubscribe()
assert [p.get_message(timeout=5)["data"] for _ in range(3)] == [2, 1, 0]
p.close()

# another client waits; reconnects
waiter = redis.Redis(port=port)
answers = []
thread = threading.Thread(
    target=lambda: answers.append(waiter.execute_command("READ", "late", 0, 10, "WAIT", 20000)))
thread.start()
r.set("late", "came")
thread.join(20)
assert answers == [b"came"], answers
before = r.client_id()
redis.Redis(port=port).client_kill_filter(_id=before)
time.sleep(0.05)
again = redis.Redis(port=port, retry_on_error=[redis.ConnectionError])
assert again.get("late") == b"came" and r.get("late") == b"came" and r.client_id() != before
print("redis-py", redis.__version__, "ok")
