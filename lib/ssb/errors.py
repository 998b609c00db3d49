"""Errors that carry one clear sentence and the code a caller should see.

Command line: every `SSBError` ends the program with `exit_code` and its sentence on stderr.
Server: every `SSBError` becomes an HTTP answer with `status` and its sentence as `detail`.
"""


class SSBError(Exception):
    """Base of the errors meant for a user: the message is one sentence naming what was wrong, the value and what is allowed."""

    status = 500
    exit_code = 1


class InputError(SSBError):
    """A request, option, image or point that cannot be served."""

    status = 422
    exit_code = 2


class NotFoundError(InputError):
    """An image, sample set or folder that does not exist."""

    status = 404


class StorageError(SSBError):
    """A disk that is full, or a folder that cannot be written."""

    status = 507


class CheckpointError(SSBError):
    """A checkpoint that is missing, truncated, of another version, or a pickle."""

    exit_code = 2
