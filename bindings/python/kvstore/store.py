"""The store."""

from __future__ import annotations

import atexit
import datetime
import os
import random
import time
import weakref
from collections.abc import Mapping, MutableMapping
from typing import Any, Callable, Iterable, List, NamedTuple, Optional, Tuple, TypeVar, Union

from . import _kvstore
from .batch import Batch
from .errors import ConflictError, ExistsError
from .follower import Follower, PrefixFollower
from .reading import _ALL, At, Bytes, KeyInfo, Reading, at_of, encoded, expiry_of
from .reading import WholeView, seconds_of, time_of
from .snapshot import Snapshot
from .transaction import Transaction

T = TypeVar("T")
_MISSING: Any = object()
_open: weakref.WeakSet[Store] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """While Python is whole: a store's own threads may call back."""
    for store in list(_open):
        try:
            store.close()
        except Exception:  # nobody is there to be told
            pass


class HistoryEntry(NamedTuple):
    """A version of a key."""

    kind: str  # "set", "append", "delete", "expire", "hole", "gap", "cut", "clear"
    seq: int
    time: datetime.datetime
    size: int  # of the value after it
    expires_at: Optional[datetime.datetime]


class Store(Reading, _kvstore.Store):
    """A database, as a mapping of bytes to bytes in the order of the keys. Any thread may use it at
    any time, and close it, which waits for the calls of the others. Close it, or use it in a
    ``with``.

    ``sync``: when a write is on the disk: "always" (it then returns; the default), "none" (soon),
    or as "100ms". A killed process loses nothing under any of them. ``memory``: bytes, 0 for 256
    MiB. ``compact_at``: per cent of the file that are not needed any more, from which on it is
    compacted by itself; ``keep_history``: "none", "12h", "7d", or a number of writes;
    ``compression``: "zstd". ``lock_wait``: seconds to wait for another process's lock.
    ``on_warning``: called with a sentence, on any thread; what it calls of the store raises
    StateError, and what it raises goes to ``sys.unraisablehook``."""

    _whole_view = WholeView

    def __init__(
        self,
        path: Union[str, os.PathLike[str]],
        *,
        read_only: bool = False,
        lock_at_first_write: bool = False,
        sync: str = "always",
        lock_wait: float = 0.0,
        memory: int = 0,
        compact_at: int = 0,
        keep_history: Optional[str] = None,
        compression: Optional[str] = None,
        scrub_rate: int = 0,
        transaction_time: float = 0.0,
        transaction_bytes: int = 0,
        on_warning: Optional[Callable[[str], Any]] = None,
    ) -> None:
        self.path = os.fspath(path)
        _kvstore.Store.__init__(
            self,
            os.fsencode(path),
            read_only=read_only,
            lock_at_first_write=lock_at_first_write,
            sync=sync,
            lock_wait=lock_wait,
            memory=memory,
            compact_at=compact_at,
            keep_history=keep_history,
            compression=compression,
            scrub_rate=scrub_rate,
            transaction_time=transaction_time,
            transaction_bytes=transaction_bytes,
            on_warning=on_warning,
        )
        _open.add(self)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<kvstore.Store {self.path!r}{', closed' if self.closed else ''}>"

    # --- Reading. [], `in`, len() and iter() are native, or Reading's.

    def get(
        self,
        key: Bytes,
        default: T = None,  # type: ignore[assignment]
        *,
        at: At = None,
    ) -> Union[bytes, T]:
        """The value, or ``default``. ``at``: as it was at a version (int), or a time."""
        if at is None:
            return self._get(key, default)
        return self._get_at(key, default, at_of(at))

    def read(
        self, key: Bytes, offset: int = 0, length: Optional[int] = None, *, at: At = None
    ) -> Optional[bytes]:
        """Part of a value, however long that is; a negative offset counts from its end. None: there
        is no such key."""
        return self._read(key, offset, _ALL if length is None else length, at_of(at))

    def stat(self, key: Bytes, *, at: At = None) -> Optional[KeyInfo]:
        """What is known of the key without reading its value; None if it is missing."""
        return KeyInfo.of(self._stat(key, at_of(at)))

    def ttl(self, key: Bytes) -> Optional[float]:
        """Seconds that it has to live; None: for ever. KeyError if it is missing."""
        ms = self._ttl(key)
        if ms is None:
            raise KeyError(key)
        return None if ms < 0 else ms / 1000

    def history(self, key: Bytes, limit: int = 1000) -> List[HistoryEntry]:
        """Its versions, newest first."""
        return [
            HistoryEntry(kind, seq, time_of(us), size, expiry_of(expires))
            for kind, seq, us, size, expires in self._history(key, limit)
        ]

    def now(self) -> datetime.datetime:
        """By the store's clock, which judges expiries."""
        return time_of(self._now_us())

    # --- Writing

    def put(
        self,
        key: Bytes,
        value: Bytes,
        *,
        ttl: Optional[float] = None,
        expires_at: Union[None, float, datetime.datetime] = None,
        if_absent: bool = False,
        if_present: bool = False,
        if_seq: Optional[int] = None,
        wait: bool = True,
    ) -> Optional[int]:
        """Sets the value and returns its version. ``ttl`` in seconds, or ``expires_at``.
        ``if_absent``: else ExistsError; ``if_present``: else None is returned; ``if_seq``: the key
        is of this version (0: absent), else ConflictError. ``wait=False``: it need not be on the
        disk yet; see commit()."""
        if wait and ttl is expires_at is if_seq is None and not (if_absent or if_present):
            return self._set(key, value)
        return self._put(
            key, value, ttl, seconds_of(expires_at), if_absent, if_present, if_seq, wait
        )

    def append(
        self,
        key: Bytes,
        value: Bytes,
        *,
        if_present: bool = False,
        if_seq: Optional[int] = None,
        wait: bool = True,
    ) -> Optional[int]:
        """To the end of the value, which is made if it is missing. Returns the new length. Costs
        the same however long that is."""
        return self._append(key, value, if_present, if_seq, wait)

    def delete(self, key: Bytes, *, if_seq: Optional[int] = None, wait: bool = True) -> bool:
        """Whether it was there."""
        return self._delete(key, if_seq, wait)

    def expire(
        self,
        key: Bytes,
        expires_at: Union[None, float, datetime.datetime] = None,
        *,
        ttl: Optional[float] = None,
        if_seq: Optional[int] = None,
    ) -> bool:
        """Another expiry, or None, for the value that is there. Whether there was one."""
        if ttl is not None:
            if expires_at is not None:
                raise ValueError("expires_at and ttl exclude each other")
            expires_at = self._now_us() / 1e6 + ttl
        return self._expire(key, seconds_of(expires_at), if_seq)

    def undo(self, key: Bytes, to: At = None) -> Optional[int]:
        """Puts the key back into the state of then (None: before its newest version), as a new
        version, which is returned; None: it was in that state."""
        return self._undo(key, at_of(to)) or None

    def update(
        self, other: Union[Mapping[Any, Any], Iterable[Tuple[Bytes, Bytes]]] = (), /, **more: Bytes
    ) -> None:
        """As dict's, all with one version."""
        pairs: Iterable[Tuple[Any, Any]]
        if isinstance(other, Mapping):
            pairs = other.items()
        elif hasattr(other, "keys"):
            pairs = ((key, other[key]) for key in other.keys())
        else:
            pairs = other
        with self.batch() as batch:
            for key, value in pairs:
                batch[key] = value
            for name, value in more.items():
                batch[name] = value

    def setdefault(self, key: Bytes, default: Bytes = b"") -> bytes:
        while True:
            value = self._get(key, None)
            if value is not None:
                return value
            try:
                self.put(key, default, if_absent=True)
            except ExistsError:
                continue
            return encoded(default)

    def pop(self, key: Bytes, default: Any = _MISSING) -> Any:
        """Removes the key and returns its value."""

        def take(txn: Transaction) -> Optional[bytes]:
            value = txn.get(key)
            if value is not None:
                txn.delete(key)
            return value

        value = self.transact(take)
        if value is not None:
            return value
        if default is _MISSING:
            raise KeyError(key)
        return default

    def popitem(self) -> Tuple[bytes, bytes]:
        """Removes the last key, and returns it with its value."""

        def take(txn: Transaction) -> Optional[Tuple[bytes, bytes]]:
            for key, value in txn.items(reverse=True, limit=1):
                txn.delete(key)
                return key, value
            return None

        item = self.transact(take)
        if item is None:
            raise KeyError("the store is empty")
        return item

    # --- Together

    def batch(self, *, wait: bool = True) -> Batch:
        """Writes that are made together::

            with db.batch() as batch:
                batch["a"] = "1"
                del batch["b"]
        """
        return Batch(self, wait)

    def transaction(self, *, read_only: bool = False, wait: bool = True) -> Transaction:
        """Reads of one moment, and writes that are made together if nothing of what was read has
        changed; for a ``with``."""
        return Transaction(self, read_only, wait)

    def transact(
        self,
        function: Callable[[Transaction], T],
        *,
        attempts: int = 100,
        wait: bool = True,
    ) -> T:
        """Calls ``function`` with a transaction and commits that; anew, if others were faster, up
        to ``attempts`` times. So it may be called more than once. Returns what it returned."""
        for attempt in range(1, attempts + 1):
            txn = self.transaction(wait=wait)
            try:
                with txn:
                    result = function(txn)
                return result
            except ConflictError:
                if attempt >= attempts:
                    raise
                if attempt > 3:
                    time.sleep(random.random() * min(0.001 * attempt, 0.05))
        raise ValueError("attempts is to be 1 at least")

    def snapshot(self, seq: Optional[int] = None) -> Snapshot:
        """The store as it is now, or was at a version, kept until it is closed."""
        return Snapshot(self, seq)

    # --- Following

    def follow(self, key: Bytes, offset: Optional[int] = 0) -> Follower:
        """The value as it grows, from an offset on (negative: before the end; None: from the end)::

            for event in db.follow("log"):
                print(event.data)
        """
        return Follower(self, key, offset)

    def follow_prefix(self, prefix: Bytes = b"", from_seq: Optional[int] = None) -> PrefixFollower:
        """Every change of such keys, from a version on (None: from now on). To resume: from the
        ``seq`` of the last one and 1."""
        return PrefixFollower(self, prefix, from_seq)

    # --- Looking after the file

    def compact(
        self, *, keep_history: Optional[str] = None, compression: Optional[str] = None
    ) -> None:
        """Writes the file anew without what is no longer needed, while all goes on."""
        self._compact(keep_history, compression)

    def backup(self, path: Union[str, os.PathLike[str]]) -> None:
        """A copy of what is there now, verified, in a new file."""
        self._backup(os.fsencode(path))

    @property
    def open_report(self) -> str:
        """How the file was found when it was opened."""
        return self._open_report()


MutableMapping.register(Store)
Mapping.register(Snapshot)


def open(path: Union[str, os.PathLike[str]], **options: Any) -> Store:
    """Opens the database at ``path``; it is made if it is not there. The options are those of Store."""
    return Store(path, **options)
