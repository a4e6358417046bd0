"""The two errors that a caller is meant to see."""

__all__ = ["DataError", "ThadsError", "UsageError"]


class ThadsError(Exception):
    """An expected failure, told to the user in one or two lines, without a traceback.

    The message says what was found, where, what was expected and what to do.
    """

    exit_status = 1


class UsageError(ThadsError):
    """The caller asked for something that does not exist or has the wrong form."""

    exit_status = 2


class DataError(ThadsError):
    """A file or a store holds something that cannot be taken."""

    exit_status = 1
