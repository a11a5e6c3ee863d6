"""on_warning comes on a thread of the store's: what it may do, and what others may do meanwhile."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# A file with damage that a scrub reports, and `warns`, which opens it.
BEGIN = """
import gc, os, sys, threading, time, kvstore

path = sys.argv[1]
with kvstore.open(path, sync="none") as db:
    for i in range(100):
        db[f"k{i}"] = os.urandom(20_000)
with open(path, "r+b") as file:
    for offset in range(200_000, 1_900_000, 100_000):
        file.seek(offset)
        file.write(b"spoiled" * 9)
del db
told = threading.Event()

def warns(on_warning):
    return kvstore.open(path, sync="none", scrub_rate=1 << 30, on_warning=on_warning)

def until(what):
    for _ in range(3000):
        if what():
            return
        time.sleep(0.01)
    raise SystemExit("it was waited for in vain")

def opens():
    try:
        kvstore.open(path).close()
    except kvstore.LockedError:
        return False
    return True
"""


@pytest.fixture(scope="module")
def scrub_at_once(tmp_path_factory):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    library = tmp_path_factory.mktemp("preload") / "scrub_at_once.so"
    source = Path(__file__).with_name("scrub_at_once.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    return library


@pytest.fixture
def run(scrub_at_once, path):
    def run_it(program):
        preload = f"{os.environ.get('LD_PRELOAD', '')} {scrub_at_once}".strip()
        done = subprocess.run(
            [sys.executable, "-c", BEGIN + program, str(path)],
            timeout=120, capture_output=True, text=True, env={**os.environ, "LD_PRELOAD": preload},
        )
        assert (done.returncode, done.stderr) == (0, "")

    return run_it


def test_what_belongs_to_a_store_goes_while_it_closes_and_a_callback_runs(run):
    run("""
gone = threading.Event()
in_vain = []

def warn(message):
    told.set()
    if not gone.wait(20):
        in_vain.append(message)

db = warns(warn)
parts = [make() for make in (lambda: iter(db.items()), db.snapshot, db.transaction) * 7]
told.wait()
closing = threading.Thread(target=db.close)
closing.start()
while parts:
    time.sleep(0.01)  # it waits for the scrub by then
    parts.pop()
gone.set()
closing.join()
assert not in_vain
assert opens()
""")


def test_the_last_reference_to_a_store_goes_within_a_callback(run):
    run("""
holder = []

class Warn:
    def __call__(self, message):
        told.set()
        holder.clear()
        gc.collect()

holder.append(warns(Warn()))
told.wait()
junk = []
until(lambda: junk.append([object() for _ in range(1000)]) or opens())
""")


def test_what_belongs_to_a_store_goes_within_a_callback(run):
    run("""
parts = []

def warn(message):
    parts.clear()
    told.set()

begin = threading.Event()
db = warns(lambda message: begin.wait() and warn(message))
parts += [iter(db.items()), db.snapshot(), db.transaction(), db.follow("k"), db.batch()]
assert db.stats()["snapshots"] > 0
begin.set()
told.wait()
until(lambda: db.stats()["snapshots"] == 0)
db.close()
""")


def test_a_store_that_its_callback_could_not_close_stays_open(run):
    run("""
errors = []
store = []

def warn(message):
    until(lambda: store)
    try:
        store[0].close()
    except kvstore.StateError as error:
        errors.append(error)
    told.set()

db = warns(warn)
snapshot = db.snapshot()
store.append(db)
told.wait()
assert len(errors) > 0 and not db.closed and not opens()
db["k"] = "v"
assert db["k"] == b"v"
db.close()
assert db.closed and opens()
""")
