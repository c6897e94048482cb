"""What can go wrong with the embedded server."""


class EmbeddedPostgresError(Exception):
    """The embedded server cannot run; the message is one line for the operator.

    Nothing was lost: what the data directory held is as it was.
    """
