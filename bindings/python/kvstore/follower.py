"""What is written, as it is written."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple, Optional

from . import _kvstore
from .errors import CancelledError, ClosedError
from .reading import Bytes, expiry_of, time_of

if TYPE_CHECKING:
    from .store import Store


class Event(NamedTuple):
    """Of a value: ``data`` stands at ``offset``; or it was set "anew" or "removed", and what
    follows begins at 0."""

    kind: str  # "bytes", "anew", "removed"
    offset: int
    data: bytes


class Change(NamedTuple):
    """Of a key: "set" to a value, "append" of it at ``offset``, "delete", "expire"; or "clear" of
    all."""

    kind: str
    seq: int  # all changes of a batch or transaction share one
    key: Optional[bytes]  # None: "clear"
    value: Optional[bytes]
    offset: int
    expires_at: Optional[datetime.datetime]
    time: datetime.datetime


class _Following:
    """Waits in steps, between which Ctrl-C is heard; other threads run meanwhile."""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()  # type: ignore[attr-defined]

    def __iter__(self) -> Any:
        return self

    def _wait(self, timeout: Optional[float]) -> Any:
        return self._next(-1.0 if timeout is None else timeout)  # type: ignore[attr-defined]

    def __next__(self) -> Any:
        # Cancelled by another thread, or the store is closed: that is its end.
        try:
            return self.next()  # type: ignore[attr-defined]
        except (CancelledError, ClosedError):
            raise StopIteration from None


class Follower(_Following, _kvstore.Follower):
    """The value of a key as it grows. An iterator, which waits, and ends when it or the store is
    closed."""

    def __init__(self, store: Store, key: Bytes, offset: Optional[int] = 0) -> None:
        _kvstore.Follower.__init__(self, store, key, offset)

    def __iter__(self) -> Iterator[Event]:
        return self

    def next(self, timeout: Optional[float] = None) -> Optional[Event]:
        """The next event; None after ``timeout`` seconds."""
        event = self._wait(timeout)
        return event and Event(event[0], event[2], event[4] or b"")


class PrefixFollower(_Following, _kvstore.Follower):
    """Every change of the keys that begin with a prefix. An iterator, which waits, and ends when it
    or the store is closed."""

    def __init__(self, store: Store, prefix: Bytes = b"", from_seq: Optional[int] = None) -> None:
        _kvstore.Follower.__init__(self, store, prefix, from_seq=from_seq)

    def __iter__(self) -> Iterator[Change]:
        return self

    def next(self, timeout: Optional[float] = None) -> Optional[Change]:
        """The next change; None after ``timeout`` seconds."""
        event = self._wait(timeout)
        if event is None:
            return None
        kind, seq, offset, key, value, expires, time = event
        return Change(kind, seq, key, value, offset, expiry_of(expires), time_of(time))
