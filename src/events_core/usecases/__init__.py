"""What can be asked of the core: one file each, a command and a function.

Each does the same, in this order: ask the store which scopes matter, resolve the
viewer in exactly those, open a unit of work, load through what she may see (what she
may not see is not found), check the permission, let the domain decide, save the
change, commit, return. No other port is awaited inside a unit of work.
"""
