"""The rules: synchronous, frozen, and reading no clock.

Nothing here does I/O. Time and ids are arguments; a decision returns a change.
"""
