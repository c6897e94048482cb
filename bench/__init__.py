"""What the service costs: measured, compared, and written down.

`python -m bench` measures everything and writes `docs/reference/performance.md`;
`python -m bench --help` tells how to run a part of it. Nothing here is shipped.
"""
