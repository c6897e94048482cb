"""The HTTP surface: Starlette in front of the core.

``app`` puts it together, ``edge`` is what every request passes through,
``routes`` are the operations, ``schema`` is the contract they are held to.
"""
