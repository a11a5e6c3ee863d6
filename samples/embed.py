#!/usr/bin/python3
"""kvstore in a Python program: no shell, no server, one file.

    PYTHONPATH=build/python /usr/bin/python3 samples/embed.py example.bin
"""

import sys

import kvstore


def run(path):
    with kvstore.open(path) as db:
        db["greeting"] = "hello"
        print(db["greeting"], len(db), db.get("missing", "nothing"))

        # An append costs the same however long the value has grown; so does a read in its midst.
        db.append("log", "2010-01-01,192.06\n")
        db.append("log", "2010-02-01,204.62\n")
        print(db.read("log", -18))

        # Keys in order, as of one moment.
        for key, value in db.items(prefix="g"):
            print(key, value)

        # Read and written as one step; begun anew if somebody else was faster.
        def visit(txn):
            txn["visits"] = str(int(txn.get("visits", b"0")) + 1)
            return txn["visits"]

        print(db.transact(visit))


if __name__ == "__main__":
    try:
        run(sys.argv[1] if len(sys.argv) > 1 else "example.bin")
    except kvstore.Error as error:
        sys.exit(f"{error.code}: {error}")
