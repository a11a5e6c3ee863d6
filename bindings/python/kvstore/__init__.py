"""kvstore: one file, keys to values, every write an appended record.

    import kvstore

    with kvstore.open("data.bin") as db:
        db["greeting"] = "hello"
        assert db[b"greeting"] == b"hello"
        for key, value in db.items(prefix="greet"):
            ...

Keys and values are given as bytes, str (as UTF-8) or whatever has a buffer (bytearray, memoryview,
numpy arrays), and come back as bytes.
"""

try:
    from ._kvstore import __version__
except ImportError as error:
    raise ImportError(
        f"kvstore's native part is not in {__path__[0]}, or not for this interpreter ({error}). "
        "Build it (ninja -C build kvstore_python) and import it from there: PYTHONPATH=build/python"
    ) from error

from .errors import (
    AbortedError,
    CancelledError,
    ClosedError,
    ConflictError,
    CorruptError,
    DamagedError,
    DataError,
    Error,
    ExistsError,
    FormatError,
    FullError,
    InputOutputError,
    LimitError,
    LockedError,
    NotFoundError,
    OpenError,
    OutOfMemoryError,
    OutOfRangeError,
    PermissionDeniedError,
    PurgedError,
    ReadOnlyError,
    StateError,
    StoreError,
    TimedOutError,
    TooBigError,
    TypeMismatchError,
    UsageError,
    VersionError,
)
from .follower import Change, Event, Follower, PrefixFollower
from .reading import KeyInfo, View
from .snapshot import Snapshot
from .store import HistoryEntry, Store, open
from .transaction import Transaction
from .batch import Batch

__all__ = [name for name in dir() if name[0].isupper()] + ["open", "__version__"]
