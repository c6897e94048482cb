"""What an embedder tests with; nothing that runs in earnest imports it.

``memory`` has a store that keeps every promise of a store, ``people`` and ``repeats``
the other ports, ``wired`` a whole core of them. ``builders`` and ``strategies`` make
things to test with, ``contracts`` has a suite for every port, to run on adapters of
one's own, and ``plugin`` is the pytest plugin, which needs not be asked for.
"""
