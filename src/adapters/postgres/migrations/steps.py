"""How a step is written: in SQL, in a file beside the others."""

from pathlib import Path

from alembic import op

_SQL = Path(__file__).parent / "sql"


def run(name: str) -> None:
    """Run the statements of a file; each ends with a semicolon and a blank line."""
    statements = (_SQL / name).read_text(encoding="utf-8").split(";\n\n")
    for statement in filter(None, map(str.strip, statements)):
        op.get_bind().exec_driver_sql(statement)


def drop(*tables: str) -> None:
    """Drop tables, the last first."""
    for table in reversed(tables):
        op.get_bind().exec_driver_sql(f"DROP TABLE events.{table}")
