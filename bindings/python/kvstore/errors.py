"""What calls of kvstore raise.

Each error has ``code``, the stable name that kvstore uses everywhere ("CONFLICT"), its message in
``str()``, and ``hint``: what can be done next, perhaps "". Those that mean what a built-in
exception means are that, too: ``except FileNotFoundError`` works. """

from __future__ import annotations

from typing import Dict, Type


class Error(Exception):
    """The base of all."""

    code = "OTHER"

    def __init__(self, message: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


# --- The data says no.


class DataError(Error):
    """The data is not as the call needs it."""


class ExistsError(DataError):
    """The key, or the file to be made, is there."""

    code = "EXISTS"


class TypeMismatchError(DataError):
    """The key holds a sorted set, and no bytes."""

    code = "TYPE"


class PurgedError(DataError):
    """The file has no history of then."""

    code = "PURGED"


class ConflictError(DataError):
    """What was read, or was asked to be so, was changed by somebody else: begin anew."""

    code = "CONFLICT"


class AbortedError(DataError):
    """The transaction was rolled back: it was past a limit."""

    code = "ABORTED"


# --- The store says no.


class StoreError(Error):
    """The store cannot do it."""


class CorruptError(StoreError):
    """The newest record of this key is damaged."""

    code = "CORRUPT"


class DamagedError(StoreError):
    """The file is damaged: writes are refused until it is repaired."""

    code = "DAMAGED"


class ReadOnlyError(StoreError):
    """It was opened for reading."""

    code = "READONLY"


class ClosedError(StoreError):
    """The store, or what is of it, is closed, or a sync failed: open it anew."""

    code = "FAILED"


class FullError(StoreError):
    """There is no room on the disk."""

    code = "FULL"


class InputOutputError(StoreError):
    """The operating system refused or failed."""

    code = "IO"


class OutOfMemoryError(StoreError, MemoryError):
    """There is too little memory; nothing was done."""

    code = "MEMORY"


# --- The file cannot be opened.


class OpenError(Error):
    """The file cannot be opened."""


class LockedError(OpenError):
    """Somebody else writes it."""

    code = "LOCKED"


class FormatError(OpenError):
    """It is not a kvstore file."""

    code = "FORMAT"


class VersionError(OpenError):
    """It is of a newer kvstore."""

    code = "VERSION"


class NotFoundError(OpenError, FileNotFoundError):
    """There is no such file."""

    code = "NOTFOUND"


class PermissionDeniedError(OpenError, PermissionError):
    """It may not be read or written."""

    code = "PERMISSION"


# --- The call is not right.


class UsageError(Error, ValueError):
    """The call is wrong; or a handle of before a fork() is used."""

    code = "USAGE"


class OutOfRangeError(UsageError):
    """A number is out of its range."""

    code = "NUMBER"


class TooBigError(UsageError):
    """A key is above 65,535 bytes, a value above 512 MiB."""

    code = "TOOBIG"


class StateError(Error, RuntimeError):
    """Not now: another thread uses the same iterator, transaction, batch or follower; or
    ``on_warning`` called the store."""

    code = "STATE"


class CancelledError(Error):
    """It was cancelled."""

    code = "SKIPPED"


class LimitError(Error):
    """There are too many of them."""

    code = "LIMIT"


class TimedOutError(Error, TimeoutError):
    """It took too long."""

    code = "TIMEOUT"


def _all(kind: Type[Error]) -> Dict[str, Type[Error]]:
    found = {kind.code: kind} if "code" in vars(kind) else {}
    for derived in kind.__subclasses__():
        found.update(_all(derived))
    return found


_BY_CODE = _all(Error)


def make(code: str, message: str, hint: str) -> Error:
    """The exception for a code."""
    if code == "LOCKED" and hint.startswith("--wait"):
        hint = "lock_wait=60 waits for it, read_only=True reads beside it"
    return _BY_CODE.get(code, Error)(message, hint)
