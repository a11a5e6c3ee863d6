"""What a store, a snapshot and a transaction have in common: reading, and going over keys."""

from __future__ import annotations

import datetime
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Iterator,
    NamedTuple,
    Optional,
    Tuple,
    Type,
    TypeVar,
    Union,
)

#: Whatever else has a buffer is taken, too; before Python 3.12 there is no type for that.
Bytes = Union[bytes, bytearray, memoryview, str]
#: A version, a time (float: seconds since 1970), or None: now.
At = Union[None, int, float, datetime.datetime]
T = TypeVar("T")

_ALL = (1 << 63) - 1  # as a length: to the end
KEYS, VALUES, ITEMS = 0, 1, 2
_EVERYTHING = (None, None, None, False, None, None)


def encoded(given: Bytes) -> bytes:
    return given.encode() if isinstance(given, str) else bytes(memoryview(given))


def at_of(at: At) -> Union[None, int, float]:
    return at.timestamp() if isinstance(at, datetime.datetime) else at


def seconds_of(when: Union[None, float, datetime.datetime]) -> Optional[float]:
    return when.timestamp() if isinstance(when, datetime.datetime) else when


def time_of(microseconds: int) -> datetime.datetime:
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return epoch + datetime.timedelta(microseconds=microseconds)


def expiry_of(milliseconds: int) -> Optional[datetime.datetime]:
    return time_of(milliseconds * 1000) if milliseconds else None


class KeyInfo(NamedTuple):
    """What is known of a key without reading its value."""

    type: str  # "string", "zset"
    size: int  # bytes
    expires_at: Optional[datetime.datetime]
    seq: int  # its version; 0: written by the asking transaction
    time: datetime.datetime  # of that write

    @classmethod
    def of(cls, raw: Optional[Tuple[str, int, int, int, int]]) -> Optional[KeyInfo]:
        if raw is None:
            return None
        return cls(raw[0], raw[1], expiry_of(raw[2]), raw[3], time_of(raw[4]))


class View(Generic[T]):
    """Keys, values or items between bounds, in the order of the keys. Each iteration is a walk of
    its own, over one version; ``reversed()`` walks backwards."""

    __slots__ = ("_of", "_which", "_bounds")

    def __init__(self, of: Reading, which: int, bounds: Tuple[Any, ...]) -> None:
        self._of, self._which, self._bounds = of, which, bounds

    def __iter__(self) -> Iterator[T]:
        return self._of._range(self._which, *self._bounds)

    def __reversed__(self) -> Iterator[T]:
        prefix, start, stop, reverse, limit, at = self._bounds
        if limit is not None:
            raise TypeError("a view with a limit has no end to begin at; use reverse=True")
        return self._of._range(self._which, prefix, start, stop, not reverse, None, at)

    def count(self) -> int:
        """How many there are, by going over them. There is no len() of a part, as list() would ask
        for it."""
        prefix, start, stop, _, limit, at = self._bounds
        return sum(1 for _ in self._of._range(KEYS, prefix, start, stop, False, limit, at))

    def __bool__(self) -> bool:
        return any(True for _ in self)

    def __contains__(self, item: Any) -> bool:
        """Finds a key, or a key with its value, as a store does; a value by looking at all."""
        if self._which == ITEMS and not (isinstance(item, tuple) and len(item) == 2):
            return False
        try:
            wanted: Any = tuple(map(encoded, item)) if self._which == ITEMS else encoded(item)
        except (TypeError, UnicodeEncodeError):  # no bytes, so none of those that are there
            return False
        prefix, start, stop, reverse, limit, at = self._bounds
        if self._which != VALUES and limit is None:
            key = wanted[0] if self._which == ITEMS else wanted
            start = key if start is None else max(key, encoded(start))
            stop = key + b"\0" if stop is None else min(key + b"\0", encoded(stop))
        of = self._of._range(self._which, prefix, start, stop, reverse, limit, at)
        return any(wanted == one for one in of)

    def __repr__(self) -> str:
        name = ("keys", "values", "items")[self._which]
        return f"<{name} of {self._of!r}>"


class WholeView(View[T]):
    """Of all keys of a store."""

    __slots__ = ()
    _of: Any

    def __len__(self) -> int:
        return len(self._of)


class Reading:
    """For stores, snapshots and transactions."""

    _whole_view: Type[View[Any]] = View

    def _view(self, which: int, bounds: Tuple[Any, ...]) -> View[Any]:
        kind: Type[View[Any]] = self._whole_view if bounds == _EVERYTHING else View
        return kind(self, which, bounds)

    if TYPE_CHECKING:  # native

        def _range(self, *args: Any) -> Iterator[Any]: ...

    def keys(
        self,
        prefix: Optional[Bytes] = None,
        start: Optional[Bytes] = None,
        stop: Optional[Bytes] = None,
        *,
        reverse: bool = False,
        limit: Optional[int] = None,
        at: At = None,
    ) -> View[bytes]:
        """Keys that begin with ``prefix``, from ``start`` up to, and without, ``stop``."""
        return self._view(KEYS, (prefix, start, stop, reverse, limit, at_of(at)))

    def values(
        self,
        prefix: Optional[Bytes] = None,
        start: Optional[Bytes] = None,
        stop: Optional[Bytes] = None,
        *,
        reverse: bool = False,
        limit: Optional[int] = None,
        at: At = None,
    ) -> View[bytes]:
        """The values of such keys."""
        return self._view(VALUES, (prefix, start, stop, reverse, limit, at_of(at)))

    def items(
        self,
        prefix: Optional[Bytes] = None,
        start: Optional[Bytes] = None,
        stop: Optional[Bytes] = None,
        *,
        reverse: bool = False,
        limit: Optional[int] = None,
        at: At = None,
    ) -> View[Tuple[bytes, bytes]]:
        """Both."""
        return self._view(ITEMS, (prefix, start, stop, reverse, limit, at_of(at)))

    def __iter__(self) -> Iterator[bytes]:
        return self._range(KEYS, *_EVERYTHING)

    def __reversed__(self) -> Iterator[bytes]:
        return self._range(KEYS, None, None, None, True, None, None)
