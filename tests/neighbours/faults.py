"""How to misbehave: given the connection and what the honest answer would be."""

from collections.abc import Mapping

from tests.neighbours.server import Answer, Connection, Fault


def hang(connection: Connection, honest: Answer) -> None:
    """Say nothing until the server stops."""
    connection.wait(3600)
    connection.close_connection = True


def reset(connection: Connection, honest: Answer) -> None:
    """Break the connection off without a word."""
    connection.reset()


def half(connection: Connection, honest: Answer) -> None:
    """Send half of the answer, then end the connection in good order."""
    connection.send(bytes(honest)[: -len(honest.body) // 2])
    connection.close_connection = True


def slow(seconds: float) -> Fault:
    """Answer honestly, after a while."""

    def answer(connection: Connection, honest: Answer) -> None:
        connection.wait(seconds)
        connection.send(bytes(honest))

    return answer


def trickle(seconds: float) -> Fault:
    """Answer honestly, byte by byte, each after a while."""

    def answer(connection: Connection, honest: Answer) -> None:
        for byte in bytes(honest):
            connection.send(bytes([byte]))
            connection.wait(seconds)

    return answer


def say(status: int, body: bytes = b"", headers: Mapping[str, str] = {}) -> Fault:
    """Answer with this, whatever was asked."""
    return lambda connection, _: connection.send(bytes(Answer(status, body, headers)))
