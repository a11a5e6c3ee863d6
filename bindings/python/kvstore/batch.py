"""Writes that are seen, and recovered, all together or not at all."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Optional, Type, Union

from . import _kvstore
from .reading import Bytes, seconds_of

if TYPE_CHECKING:
    from .store import Store


class Batch(_kvstore.Batch):
    """Collects writes; ``with db.batch() as batch:`` applies it at its end, unless by an
    exception. ``batch[key] = value`` and ``del batch[key]``, which raises nothing if there is no
    such key."""

    def __init__(self, store: Store, wait: bool = True) -> None:
        _kvstore.Batch.__init__(self)
        self._store, self._wait = store, wait

    def __enter__(self) -> Batch:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Any
    ) -> None:
        try:
            if kind is None:
                self.apply()
        finally:
            self.close()

    def put(
        self,
        key: Bytes,
        value: Bytes,
        *,
        expires_at: Union[None, float, datetime.datetime] = None,
    ) -> None:
        self._put(key, value, seconds_of(expires_at))

    def apply(self) -> int:
        """Writes all of it with one version, and empties it. Returns how many of the keys were
        there before."""
        existed = self._apply(self._store, self._wait)
        self.reset()
        return existed
