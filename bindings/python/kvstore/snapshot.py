"""The store as it was at one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, TypeVar, Union

from . import _kvstore
from .reading import _ALL, Bytes, KeyInfo, Reading

if TYPE_CHECKING:
    from .store import Store

T = TypeVar("T")


class Snapshot(Reading, _kvstore.Snapshot):
    """A mapping that stays as it is, for any number of threads. Close it, or use it in a
    ``with``."""

    def __init__(self, store: Store, seq: Optional[int] = None) -> None:
        _kvstore.Snapshot.__init__(self, store, seq)

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def __getitem__(self, key: Bytes) -> bytes:
        value = self._get(key, None)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return self._stat(key) is not None

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def get(self, key: Bytes, default: T = None) -> Union[bytes, T]:  # type: ignore[assignment]
        return self._get(key, default)

    def read(self, key: Bytes, offset: int = 0, length: Optional[int] = None) -> Optional[bytes]:
        return self._read(key, offset, _ALL if length is None else length)

    def stat(self, key: Bytes) -> Optional[KeyInfo]:
        return KeyInfo.of(self._stat(key))

    def __repr__(self) -> str:
        return "<kvstore.Snapshot, closed>" if self.closed else f"<kvstore.Snapshot of {self.seq}>"
