"""What every implementation of a port promises, as classes of tests to subclass.

Override the suite's one fixture, a factory of what is tested, and name the subclass
``Test…``. The suites know no exceptions: where an adapter cannot keep a promise,
say so there, with ``pytest.mark.xfail(strict=True, reason=…)``. They are async and
run with anyio's pytest plugin on asyncio: have a fixture ``anyio_backend`` that
returns ``"asyncio"``, of the session's scope.
"""
