"""Reads of one moment, and writes that are made together."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Optional, Type, TypeVar, Union

from . import _kvstore
from .reading import _ALL, Bytes, KeyInfo, Reading, seconds_of

if TYPE_CHECKING:
    from .store import Store

T = TypeVar("T")


class Transaction(Reading, _kvstore.Transaction):
    """A mapping for one thread, which sees its own writes::

        with db.transaction() as txn:
            txn["n"] = str(int(txn.get("n", b"0")) + 1)

    The block's end commits, an exception rolls back. The commit raises ConflictError if what was
    read has been changed meanwhile; ``Store.transact`` then begins anew."""

    def __init__(self, store: Store, read_only: bool = False, wait: bool = True) -> None:
        _kvstore.Transaction.__init__(self, store, read_only)
        self._wait = wait
        #: The version that the commit made.
        self.seq: Optional[int] = None

    def __enter__(self) -> Transaction:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Any
    ) -> None:
        if self.closed:
            return
        if kind is None:
            self.commit()
        else:
            self.rollback()

    def commit(self) -> int:
        """Writes all of it, or nothing; it is over either way. Returns the version."""
        try:
            self.seq = self._commit(self._wait)
        finally:
            self.close()
        return self.seq

    def rollback(self) -> None:
        self.close()

    def __getitem__(self, key: Bytes) -> bytes:
        value = self._get(key, None)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: Bytes, value: Bytes) -> None:
        self._put(key, value, None, None, False, False, None)

    def __delitem__(self, key: Bytes) -> None:
        if not self.delete(key):
            raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return self._stat(key) is not None

    def get(self, key: Bytes, default: T = None) -> Union[bytes, T]:  # type: ignore[assignment]
        return self._get(key, default)

    def read(self, key: Bytes, offset: int = 0, length: Optional[int] = None) -> Optional[bytes]:
        return self._read(key, offset, _ALL if length is None else length)

    def stat(self, key: Bytes) -> Optional[KeyInfo]:
        return KeyInfo.of(self._stat(key))

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
    ) -> bool:
        """As Store.put(); False: ``if_present``, and it was not there."""
        return self._put(key, value, ttl, seconds_of(expires_at), if_absent, if_present, if_seq)

    def expire(self, key: Bytes, expires_at: Union[None, float, datetime.datetime]) -> bool:
        return self._expire(key, seconds_of(expires_at))

    def __repr__(self) -> str:
        return f"<kvstore.Transaction, {'over' if self.closed else 'open'}>"
