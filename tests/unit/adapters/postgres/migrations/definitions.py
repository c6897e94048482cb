"""What a database is made of, as it tells it."""

from typing import Any

import asyncpg

DEFINITIONS = {
    "columns": """
        SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod),
            attnotnull, attidentity, attcollation::regcollation::text,
            pg_get_expr(adbin, adrelid)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = 'events'::regnamespace AND relkind = 'r' AND attnum > 0
            AND NOT attisdropped
            AND relname <> 'alembic_version'
        ORDER BY 1, attnum
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint
        WHERE connamespace = 'events'::regnamespace
            AND conrelid::regclass::text <> 'events.alembic_version'
        ORDER BY 1, 2
    """,
    "indexes": """
        SELECT tablename::text, indexname::text, indexdef FROM pg_indexes
        WHERE schemaname = 'events' AND tablename <> 'alembic_version'
        ORDER BY 1, 2
    """,
    "statistics": """
        SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext ORDER BY 1
    """,
}

RIGHTS = """
    SELECT relname::text, relacl::text, relrowsecurity, relforcerowsecurity
    FROM pg_class WHERE relnamespace = 'events'::regnamespace AND relkind IN ('r', 'S')
    UNION ALL
    SELECT proname::text, proacl::text, prosecdef, NULL
    FROM pg_proc WHERE pronamespace = 'events'::regnamespace
    ORDER BY 1
"""


async def fetch(url: str, query: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def definitions(url: str) -> dict[str, list[tuple[Any, ...]]]:
    return {name: await fetch(url, query) for name, query in DEFINITIONS.items()}
