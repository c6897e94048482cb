"""Bugs in who sees what, as Python and as SQL tell it."""

from tests.mutants.mutant import DOMAIN, POSTGRES, USECASES, Mutant

MUTANTS = (
    # Who sees what.
    Mutant(
        "drafts are seen by their audience",
        "events_core/domain/visibility.py",
        "StatusIn(frozenset({Status.DRAFT}))",
        "StatusIn(frozenset())",
        (*DOMAIN, *USECASES),
    ),
    Mutant(
        "drafts are listed for their audience",
        "events_core/usecases/list_events.py",
        "        return visible_to(viewer)\n",
        "        return on_view_to(viewer)\n",
        USECASES,
    ),
    Mutant(
        "deleted events are seen by their audience",
        "events_core/domain/visibility.py",
        ", IsDeleted()))",
        ",))",
        (*DOMAIN, *USECASES),
    ),
    # The predicate in SQL.
    Mutant(
        "SQL: all of nothing does not hold",
        "adapters/postgres/predicates.py",
        "and_(true(), *(",
        "and_(false(), *(",
        POSTGRES,
    ),
    Mutant(
        "SQL: any is all",
        "adapters/postgres/predicates.py",
        "or_(false(), *(",
        "and_(true(), *(",
        POSTGRES,
    ),
    Mutant(
        "SQL: not is forgotten",
        "adapters/postgres/predicates.py",
        "return not_(self.clause(inner))",
        "return self.clause(inner)",
        POSTGRES,
    ),
    Mutant(
        "SQL: the kind of a scope does not matter",
        "adapters/postgres/predicates.py",
        'columns.scope_kind == bindparam(f"kind_{number}", type_=Text),\n'
        "                    columns.scope_id",
        "true(),\n                    columns.scope_id",
        POSTGRES,
    ),
    Mutant(
        "SQL: anybody's role will do",
        "adapters/postgres/predicates.py",
        "*held_by(bearer.user_id.int),",
        "",
        POSTGRES,
    ),
    Mutant(
        "SQL: any role will do",
        "adapters/postgres/predicates.py",
        'event_role.c.role == _any_text(f"members_{number}"),',
        "",
        POSTGRES,
    ),
    Mutant(
        "SQL: an event that nobody created is unknown",
        "adapters/postgres/predicates.py",
        "columns.created_by.is_not(None), columns.created_by == person",
        "columns.created_by == person",
        POSTGRES,
    ),
    Mutant(
        "SQL: a search has wild cards",
        "adapters/postgres/predicates.py",
        "func.strpos(searched.c.searchable, folded) > 0",
        "searched.c.searchable.like('%' + folded + '%')",
        POSTGRES,
    ),
)
