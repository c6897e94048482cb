"""Bugs that somebody could make, each with the tests that ought to notice."""

from attrs import frozen

DOMAIN = ("tests/unit/domain", "tests/unit/ical")
USECASES = ("tests/unit/usecases", "tests/unit/test_visibility_oracle.py")
MEMORY = ("tests/contract/test_store_memory.py",)
DOCUMENTS = ("tests/unit/documents",)
POSTGRES = ("tests/contract/test_store_postgres.py", "tests/unit/adapters/postgres")
REPEATS = (
    "tests/contract/test_repeats_memory.py",
    "tests/contract/test_repeats_postgres.py",
)
PEOPLE = (
    "tests/contract/test_people_memory.py",
    "tests/contract/test_people_portal.py",
    "tests/contract/test_people_postgres.py",
    "tests/unit/adapters/portal",
)
EDGE = ("tests/unit/adapters/http/edge",)
ROUTES = (
    "tests/unit/adapters/http/routes",
    "tests/unit/adapters/http/codec",
    "tests/unit/adapters/http/schema",
    "tests/unit/adapters/http/test_etags.py",
    "tests/unit/adapters/http/test_cursor.py",
)
OUTBOX = (
    "tests/contract/outbox/test_sequencer.py",
    "tests/contract/test_outbox_postgres.py",
)
QUEUE = ("tests/contract/outbox/test_queue.py",)
FLAPPING = ("tests/contract/outbox/test_flapping.py",)
WORD = ("tests/contract/outbox/test_wakeups.py",)
AUDIT = ("tests/contract/test_audit_postgres.py",)
RELAY = ("tests/unit/adapters/outbox",)


@frozen
class Mutant:
    """A bug: in the file, what is right becomes wrong.

    ``argument`` says why a bug that no test notices does no harm.
    """

    name: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]
    argument: str = ""


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
    # The life of events.
    Mutant(
        "a cancelled event is published after its end",
        "events_core/domain/lifecycle.py",
        "return at < schedule.lasts_until\n",
        "return True\n",
        DOMAIN,
    ),
    Mutant(
        "an event is completed before its end",
        "events_core/domain/lifecycle.py",
        "and at >= event.schedule.lasts_until",
        "and at >= event.schedule.starts_at",
        DOMAIN,
    ),
    Mutant(
        "what people count on goes without a word",
        "events_core/domain/lifecycle.py",
        "        and has_answers\n",
        "        and not has_answers\n",
        (*DOMAIN, *USECASES),
    ),
    Mutant(
        "a deleted event is told of as if it were there",
        "events_core/domain/publication.py",
        "and not (exposure and exposure.deleted)",
        "",
        DOMAIN,
    ),
    Mutant(
        "a deleted event is told to be withdrawn",
        "events_core/domain/publication.py",
        "return Told.ITSELF if audience.suits(after) else Told.WITHDRAWN",
        "return Told.WITHDRAWN",
        DOMAIN,
    ),
    Mutant(
        "a deleted event takes answers",
        "events_core/domain/roster.py",
        " or event.deleted_at is not None:",
        ":",
        (*DOMAIN, *USECASES),
    ),
    Mutant(
        "postgres: deleted events are archived",
        "adapters/postgres/tables/events.py",
        "TO_ARCHIVE = \"status IN ('cancelled', 'completed') AND NOT deleted\"",
        "TO_ARCHIVE = \"status IN ('cancelled', 'completed')\"",
        ("tests/contract/test_housekeeping_postgres.py", *POSTGRES),
    ),
    Mutant(
        "a viewer's role shows a draft",
        "events_core/domain/visibility.py",
        "HasRole(viewer.roles_as, EDITING_ROLES)",
        "HasRole(viewer.roles_as, frozenset(Role))",
        (*DOMAIN, *USECASES),
    ),
    Mutant(
        "team visibility asks for a community",
        "events_core/domain/visibility.py",
        "_among(viewer, Visibility.TEAM, ScopeKind.TEAM)",
        "_among(viewer, Visibility.TEAM, ScopeKind.COMMUNITY)",
        (*DOMAIN, *USECASES),
    ),
    Mutant(
        "an undecided membership counts as one",
        "events_core/usecases/core.py",
        "[scope for scope, how in standing if how is member]",
        "[scope for scope, how in standing if how is not Membership.NOT_A_MEMBER]",
        USECASES,
    ),
    Mutant(
        "an outage of memberships is a missing event",
        "events_core/usecases/core.py",
        "visible_to(viewer.if_member_of_all())",
        "visible_to(viewer)",
        USECASES,
    ),
    Mutant(
        "a barred system admin may do everything",
        "events_core/usecases/core.py",
        "    if actor.flags.barred:\n        return {}\n",
        "",
        USECASES,
    ),
    Mutant(
        "a barred person keeps what her roles allow",
        "events_core/domain/event.py",
        "        if viewer.barred:\n            return False\n",
        "",
        (*DOMAIN, *USECASES),
    ),
    Mutant(
        "a missing event asks no permission",
        "events_core/usecases/core.py",
        "    scope = scope or Scope.of_tenant(actor.tenant_id)\n    return await",
        "    if scope is None:\n"
        "        return Viewer(actor.tenant_id, actor.user_id)\n"
        "    return await",
        USECASES,
    ),
    Mutant(
        "an author may change for ever",
        "events_core/domain/event.py",
        "for grant in held if not grant.by_creation]",
        "for grant in held]",
        (*DOMAIN, *USECASES),
    ),
    # Events.
    Mutant(
        "the same values again are a change",
        "events_core/domain/event.py",
        "        if not changed:\n            return Change(self, self, cause)\n",
        "",
        DOMAIN,
    ),
    Mutant(
        "a new title is a new sequence",
        "events_core/domain/event.py",
        "schedule.all_day, event.status",
        "schedule.all_day, event.status, event.details.title",
        DOMAIN,
    ),
    Mutant(
        "a new start leaves the end behind",
        "events_core/domain/schedule.py",
        "last = _shifted(last, checked - first)",
        "pass",
        DOMAIN,
    ),
    Mutant(
        "a time that comes twice is always the first",
        "events_core/domain/schedule.py",
        "moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)",
        "moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)",
        DOMAIN,
    ),
    Mutant(
        "an end at the start is an end",
        "events_core/domain/schedule.py",
        "if schedule.ends_at <= schedule.starts_at:",
        "if schedule.ends_at < schedule.starts_at:",
        DOMAIN,
    ),
    Mutant(
        "a window leaves its bounds out",
        "events_core/domain/schedule.py",
        "self.start is None or lasts_until >= self.start",
        "self.start is None or lasts_until > self.start",
        (*DOMAIN, *MEMORY),
    ),
    Mutant(
        "bidi overrides are let in",
        "events_core/domain/text.py",
        "\\u202a-\\u202e\\u2066-\\u2069",
        "",
        DOMAIN,
    ),
    Mutant(
        "any scheme is a place on the web",
        "events_core/domain/text.py",
        'not in {"http", "https"}',
        'not in {"http", "https", "javascript", "ftp"}',
        DOMAIN,
    ),
    Mutant(
        "answers stay open after the start",
        "events_core/domain/roster.py",
        "schedule.lasts_until if to_the_end else terms.closes_at(schedule)",
        "schedule.lasts_until",
        (*DOMAIN, *USECASES),
    ),
    Mutant(
        "an answer changed counts twice",
        "events_core/domain/answers.py",
        "((before, -1), (after, 1))",
        "((after, 1),)",
        (*DOMAIN, *MEMORY),
    ),
    Mutant(
        "one too many gets a seat",
        "events_core/domain/admitting.py",
        "party - held <= room",
        "party - held <= room + 1",
        USECASES,
    ),
    Mutant(
        "a newcomer passes those who wait",
        "events_core/domain/admitting.py",
        "passes or stuck or not tally.waiting",
        "True",
        USECASES,
    ),
    Mutant(
        "a seat that is given up stays empty",
        "events_core/usecases/seating.py",
        "while roster.tally.waiting and",
        "while False and",
        USECASES,
    ),
    Mutant(
        "guests need no seat",
        "events_core/domain/answers.py",
        "return self.party if self.admission",
        "return 1 if self.admission",
        USECASES,
    ),
    Mutant(
        "who can never get in holds up everybody",
        "events_core/domain/admitting.py",
        "passes or stuck or not tally.waiting",
        "passes or not tally.waiting",
        USECASES,
    ),
    Mutant(
        "who had to make room goes to the end of the line",
        "events_core/domain/roster.py",
        "turn=-(self.turns + 1)",
        "turn=self.turns + 1",
        USECASES,
    ),
    Mutant(
        "a larger capacity leaves those who wait where they are",
        "events_core/usecases/seating.py",
        "    await store_moved(core, uow, change)\n    return displaced",
        "    await store_change(uow, change)\n    return displaced",
        USECASES,
    ),
    Mutant(
        "the seats of somebody who was erased stay empty",
        "events_core/usecases/erase_person.py",
        "await _fill(core, uow, event_id, occurrence, at)",
        "pass",
        USECASES,
    ),
    Mutant(
        "whoever fits passes the head of a strict line",
        "events_core/usecases/seating.py",
        "largest=room if fits_only else",
        "largest=room if True else",
        USECASES,
    ),
    Mutant(
        "of two late marks the later one stands",
        "events_core/domain/attendance.py",
        "_order(present) <= _order(new)",
        "_order(present) >= _order(new)",
        USECASES,
    ),
    Mutant(
        "PostgreSQL: the line is served from its end",
        "adapters/postgres/rosters.py",
        """rsvp.c.guests < bindparam("largest", type_=Integer))
    .order_by(rsvp.c.turn)""",
        """rsvp.c.guests < bindparam("largest", type_=Integer))
    .order_by(rsvp.c.turn.desc())""",
        POSTGRES,
    ),
    Mutant(
        "PostgreSQL: an answer that is taken back stays",
        "adapters/postgres/answering.py",
        """        gone.cte("gone"),\n""",
        "",
        POSTGRES,
    ),
    Mutant(
        "PostgreSQL: seats move without the ledger",
        "adapters/postgres/answering.py",
        """        moved.cte("moved"),\n""",
        "",
        POSTGRES,
    ),
    Mutant(
        "PostgreSQL: a mark that came too late is answered as one that stands",
        "adapters/postgres/attendance.py",
        "        row = {**attendance_row(reply.mark), ",
        """        row = {**attendance_row(reply.mark), "undone_at": None, """,
        POSTGRES,
    ),
    Mutant(
        "somebody who sees nothing can find out by withdrawing",
        "events_core/usecases/withdraw_rsvp.py",
        "event = await visible_event(uow, viewer, command.event_id)",
        "event = await uow.events.get(command.event_id, Everything())\n"
        "        assert event is not None",
        USECASES,
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
    # The store.
    Mutant(
        "the version is not compared",
        "adapters/postgres/events.py",
        '    event.c.version == bindparam("version_before"),\n',
        "",
        POSTGRES,
    ),
    Mutant(
        "an id that is taken is no error",
        "adapters/postgres/events.py",
        "        if not created.rowcount:\n            raise AlreadyExists(new.id)\n",
        "        if not created.rowcount:\n            return\n",
        POSTGRES,
    ),
    Mutant(
        "a change leaves the occurrence as it was",
        "adapters/postgres/events.py",
        "**_changeable(occurrence_row(after)),",
        "**_changeable(occurrence_row(before)),",
        POSTGRES,
    ),
    Mutant(
        "a change makes no version",
        "adapters/postgres/events.py",
        "        await self._transaction.insert(event_version, version_row(version))\n",
        "",
        POSTGRES,
    ),
    Mutant(
        "a change tells nobody",
        "adapters/postgres/events.py",
        "        await write_facts(self._transaction, change.facts)\n",
        "",
        POSTGRES,
    ),
    Mutant(
        "a claim waits for nobody",
        "adapters/postgres/rosters.py",
        "    .join_from(tally, _turn, true())\n"
        "    .where(*of_occurrence(tally))\n"
        "    .with_for_update(of=tally)\n",
        "    .where(*of_occurrence(tally))\n",
        POSTGRES,
    ),
    Mutant(
        "counts stay as they were",
        "adapters/postgres/rosters.py",
        '{**counts, "turns": after.turns}',
        '{"turns": after.turns}',
        POSTGRES,
    ),
    Mutant(
        "a second mark replaces the first",
        "adapters/postgres/attendance.py",
        "        if not written.rowcount:\n"
        "            raise self._transaction.lose()\n"
        "        await write_facts",
        "        await write_facts",
        POSTGRES,
    ),
    Mutant(
        "a batch with a wrong event is created without it",
        "events_core/usecases/create_events.py",
        "    if problems:\n        raise InvalidFields(problems)\n",
        "",
        (*USECASES, *ROUTES),
    ),
    Mutant(
        "who came is no no-show less",
        "events_core/domain/numbers.py",
        "tally.going - placed",
        "tally.going",
        ROUTES,
    ),
    Mutant(
        "a pass lets in to any event",
        "events_core/domain/passes.py",
        "return self.event_id == event.id and self.occurrence == digest",
        "return True",
        (*DOMAIN, *ROUTES),
    ),
    Mutant(
        "a forged pass is read",
        "events_core/domain/passes.py",
        "if not hmac.compare_digest(",
        "if False and not hmac.compare_digest(",
        DOMAIN,
    ),
    Mutant(
        "who waits is let in",
        "events_core/domain/passes.py",
        "if admission is Admission.CONFIRMED:",
        "if has_answer:",
        (*DOMAIN, *ROUTES),
    ),
    Mutant(
        "a later mark takes the place of the first",
        "events_core/domain/attendance.py",
        "or _order(present) <= _order(new)",
        "or _order(present) >= _order(new)",
        (*DOMAIN, *USECASES),
    ),
    Mutant(
        "what was taken back is made again by a late copy",
        "events_core/domain/attendance.py",
        "return new.marked_at < present.undone_at",
        "return False",
        (*DOMAIN, *USECASES),
    ),
    Mutant(
        "postgres: those who said no are told as well",
        "adapters/postgres/notices.py",
        """        rsvp.c.answer != literal_column(f"'{Answer.NOT_GOING.value}'"),\n""",
        "",
        POSTGRES,
    ),
    Mutant(
        "a move is told to nobody",
        "events_core/domain/notices.py",
        "        schedule.starts_at,\n",
        "",
        (*DOMAIN, *USECASES),
    ),
    Mutant(
        "a transaction has no tenant",
        "adapters/postgres/database.py",
        '"" if tenant_id is None else f"{tenant_id.int:032x}"',
        '""',
        POSTGRES,
    ),
    Mutant(
        "instants are read as the database happens to spell them",
        "adapters/postgres/pool.py",
        'SPELLING = {"datestyle": "ISO", "timezone": "UTC"}',
        'SPELLING = {"datestyle": "ISO"}',
        ("tests/unit/adapters/postgres/test_instants.py",),
    ),
    Mutant(
        "leaving keeps what was not committed",
        "events_core/documents/store.py",
        "            yield DocumentUnitOfWork(transaction)\n",
        "            yield DocumentUnitOfWork(transaction)\n"
        "            await transaction.commit()\n",
        MEMORY,
    ),
    # The store over documents.
    Mutant(
        "documents: the version is not compared",
        "events_core/documents/events.py",
        "stored is None or stored.version != change.before.version",
        "stored is None",
        MEMORY,
    ),
    Mutant(
        "documents: the caller can change what is stored",
        "events_core/documents/events.py",
        "self._transaction.put(own_copy(after), after.id)",
        "self._transaction.put(after, after.id)",
        MEMORY,
    ),
    Mutant(
        "documents: deleted events are listed",
        "events_core/documents/events.py",
        "event.deleted_at is None\n                and holds",
        "holds",
        MEMORY,
    ),
    Mutant(
        "documents: a claim waits for nobody",
        "events_core/documents/rosters.py",
        '        await self._transaction.hold("occurrence", event_id, occurrence)\n',
        "",
        MEMORY,
    ),
    Mutant(
        "documents: two who are erased at once do not wait for each other",
        "events_core/documents/erasure.py",
        '        await self._transaction.hold("erasure")',
        "        await self._transaction.statement()",
        MEMORY,
    ),
    Mutant(
        "documents: who chains an entry waits for nobody",
        "events_core/documents/transaction.py",
        '        await self.hold("chain")\n',
        "",
        ("tests/contract/test_slow_store_memory.py",),
    ),
    Mutant(
        "documents: what could not be read is forgotten",
        "events_core/documents/transaction.py",
        "            self._failure = failure\n",
        "",
        DOCUMENTS,
    ),
    Mutant(
        "documents: whoever stops waiting keeps her place in the line",
        "events_core/documents/locks.py",
        "            self._leave(row, turn)\n            raise\n",
        "            raise\n",
        DOCUMENTS,
    ),
    Mutant(
        "documents: whatever begins like a key is under it",
        "events_core/documents/transaction.py",
        "return (await self._stored(kind, key)).get(key)",
        "return next(iter((await self._stored(kind, key[:-1])).values()), None)",
        MEMORY,
    ),
    # Signatures and repeats.
    Mutant(
        "the window of a signature never closes",
        "adapters/signing.py",
        "    if abs(now - signed_at) > WINDOW_SECONDS:\n        return None\n",
        "",
        ("tests/unit/adapters/test_signing.py", *EDGE),
    ),
    Mutant(
        "the body is not signed",
        "adapters/signing.py",
        "hashlib.sha256(body).hexdigest().encode(),",
        'hashlib.sha256(b"").hexdigest().encode(),',
        ("tests/unit/adapters/test_signing.py", *EDGE),
    ),
    Mutant(
        "only the present secret verifies",
        "adapters/signing.py",
        "for position, secret in enumerate(secrets):",
        "for position, secret in enumerate(secrets[:1]):",
        ("tests/unit/adapters/test_signing.py", *EDGE),
    ),
    Mutant(
        "a captured signature is good for another user",
        "adapters/http/edge/context.py",
        "        arrival.header(signing.USER_ID),\n        arrival.header(signing.M",
        "        arrival.header(signing.M",
        EDGE,
    ),
    Mutant(
        "a captured signature is good for another query",
        "adapters/http/edge/context.py",
        "        arrival.query,\n    )",
        "    )",
        EDGE,
    ),
    Mutant(
        "a claim taken over has another seed",
        "adapters/postgres/repeats.py",
        "(and_(~_is_over, _is_the_same), repeat.c.seed), else_",
        "(and_(_is_over, _is_the_same), repeat.c.seed), else_",
        REPEATS,
    ),
    Mutant(
        "a claim is never taken over",
        "adapters/postgres/repeats.py",
        "repeat.c.leased_until <= _NOW)",
        "repeat.c.leased_until != repeat.c.leased_until)",
        REPEATS,
    ),
    Mutant(
        "an answer is repeated without a look at the permission",
        "adapters/http/edge/once.py",
        "            if operation.may_repeat is not None:\n"
        "                await operation.may_repeat(call(self._ids.new()))\n",
        "",
        EDGE,
    ),
    Mutant(
        "a key serves for another request too",
        "adapters/http/edge/once.py",
        "            if outcome.fingerprint != asked.fingerprint:\n"
        "                raise IdempotencyKeyReused\n",
        "",
        EDGE,
    ),
    Mutant(
        "a failed request leaves its claim",
        "adapters/http/edge/once.py",
        "            await self._settle(self._repeats.release(asked.key))\n"
        "            raise\n",
        "            raise\n",
        EDGE,
    ),
    # The neighbours.
    Mutant(
        "a lie is a membership",
        "adapters/portal/memberships.py",
        'answer.get("member") is not True',
        'not answer.get("member")',
        PEOPLE,
    ),
    Mutant(
        "a refusal is no membership",
        "adapters/portal/memberships.py",
        "if status == 404:",
        "if status in {401, 403, 404}:",
        PEOPLE,
    ),
    Mutant(
        "an outage is remembered",
        "adapters/portal/answers.py",
        "        if answer is not None:\n            self._keep(",
        "        if True:\n            self._keep(",
        PEOPLE,
    ),
    Mutant(
        "one person's answer serves all",
        "adapters/portal/memberships.py",
        "(actor.tenant_id, actor.user_id),",
        "(actor.tenant_id, UserId(actor.tenant_id)),",
        PEOPLE,
    ),
    # The surface.
    Mutant(
        "a weak tag is as good as a strong one",
        "adapters/http/etags.py",
        "if not weak and (ours",
        "if (ours",
        ROUTES,
    ),
    Mutant(
        "a precondition in the body is overlooked",
        "adapters/http/etags.py",
        "versions=named if bodies is None else named & bodies",
        "versions=named",
        ROUTES,
    ),
    Mutant(
        "null clears what an event always has",
        "adapters/http/codec/commands/events.py",
        "if value is not None or name not in _ALWAYS_THERE",
        "if True",
        ROUTES,
    ),
    Mutant(
        "a cursor is good for anybody",
        "adapters/http/cursor.py",
        "raw = _seal(payload, actor, query) + payload",
        "raw = bytes(_DIGEST_SIZE) + payload",
        ROUTES,
    ),
    # The audit trail.
    Mutant(
        "what leads to a person is hashed as it is",
        "events_core/domain/chain.py",
        "**{name: salted.digest.hex() for name, salted in sealed.personal.items()},",
        "**{name: getattr(entry, name) for name in PERSONAL},",
        (*MEMORY, *AUDIT),
    ),
    Mutant(
        "one salt does for all of an entry",
        "events_core/domain/chain.py",
        """        name: Salted.of(value, new_salt())
""",
        """        name: Salted.of(value, bytes(16))
""",
        (*MEMORY, *AUDIT),
    ),
    Mutant(
        "the request of somebody who is erased stays",
        "events_core/domain/chain.py",
        """        hers.add("request_id")
""",
        """        pass
""",
        (*MEMORY, *AUDIT),
    ),
    Mutant(
        "how often is not hashed",
        "events_core/domain/chain.py",
        "**asdict(entry, recurse=False),",
        "**asdict(evolve(entry, times=1), recurse=False),",
        AUDIT,
    ),
    Mutant(
        "a name that is there is not held against its digest",
        "events_core/domain/chain.py",
        """        return _salted(value, self.salt) == self.digest
""",
        """        return True
""",
        AUDIT,
    ),
    Mutant(
        "names that are gone are not counted",
        "events_core/domain/chain.py",
        "return sum(salted.salt is None for salted in self.personal.values())",
        "return 0",
        AUDIT,
    ),
    Mutant(
        "where the chain ends is not asked",
        "events_core/domain/chain.py",
        "if self.head.position != head.position or self.head.position < last:",
        "if self.head.position < last - 1:",
        AUDIT,
    ),
    Mutant(
        "an outage of the trail makes an outage of a refusal",
        "events_core/usecases/watching.py",
        "except (ConcurrentChange, Unavailable):",
        "except ConcurrentChange:",
        USECASES,
    ),
    Mutant(
        "a link follows on its entry alone",
        "events_core/domain/chain.py",
        "return sha256(before + digest).digest()",
        "return sha256(digest).digest()",
        AUDIT,
    ),
    Mutant(
        "a chain goes on from its beginning at each look",
        "adapters/postgres/queue/sequencer.py",
        "coalesce(head.hash, {beginning}), digest",
        "{beginning}, digest",
        AUDIT,
    ),
    Mutant(
        "what an operator does leaves no entry",
        "adapters/postgres/queue/subscriptions.py",
        """            if owner is not None:
                await note(""",
        """            if owner is None:
                await note(""",
        OUTBOX,
    ),
    # Facts on their way.
    Mutant(
        "facts are read on from the last place and not by snapshots",
        "adapters/postgres/queue/sequencer.py",
        """    SELECT {columns} FROM {table}
    WHERE xid >= pg_snapshot_xmax({seen})
    UNION ALL
    SELECT {columns} FROM {table}
    WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip({seen})))
""",
        """    SELECT {columns} FROM {table}
    WHERE {seen} IS NOT NULL
        AND seq > (SELECT coalesce(max(seq), 0) FROM {positions})
""",
        OUTBOX,
    ),
    Mutant(
        "what was under way when last looked is forgotten",
        "adapters/postgres/queue/sequencer.py",
        "WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip({seen})))",
        "WHERE false",
        OUTBOX,
    ),
    Mutant(
        "a claim that ran out is settled by whoever had it",
        "adapters/postgres/queue/settling.py",
        "delivery.ctid = tid AND lease_token = token",
        "delivery.ctid = tid",
        OUTBOX,
    ),
    Mutant(
        "later facts of an event are not kept back",
        "adapters/postgres/queue/claiming.py",
        "AND d.place = (",
        "AND d.place >= (",
        OUTBOX,
    ),
    Mutant(
        "at Activity any fact of a tenant will do",
        "adapters/postgres/queue/claiming.py",
        "ORDER BY first.place LIMIT 1",
        "ORDER BY first.place OFFSET 0",
        OUTBOX,
    ),
    Mutant(
        "Activity is told of the events of a tenant side by side",
        "adapters/postgres/queue/laying_out.py",
        "subscriber.kind is Kind.ACTIVITY,",
        "False,",
        ("tests/contract/outbox/test_activity.py",),
    ),
    Mutant(
        "what a tenant is called is kept the first time only",
        "adapters/postgres/slugs.py",
        "where=tenant_slug.c.slug != _KEEP.excluded.slug,",
        "where=tenant_slug.c.slug == _KEEP.excluded.slug,",
        ("tests/unit/adapters/postgres/test_slugs.py",),
    ),
    Mutant(
        "who is told in a tenant's name hears its id for a slug",
        "adapters/outbox/messages.py",
        "signing.header_value(delivery.tenant_slug) or tenant_id",
        "tenant_id",
        RELAY,
    ),
    Mutant(
        "a dry run does not see what has no position",
        "adapters/postgres/queue/preview.py",
        "UNION ALL SELECT tenant_id, place, position, seq FROM numbered",
        "",
        ("tests/contract/outbox/test_dry_run.py",),
    ),
    Mutant(
        "a dry run tells what waits for something before it",
        "adapters/postgres/queue/preview.py",
        'None if row["waits"] else _First',
        "None if told is None else _First",
        ("tests/contract/outbox/test_histories.py",),
    ),
    Mutant(
        "any subscriber may lead inside",
        "adapters/outbox/delivering.py",
        "inside=delivery.subscriber.kind is Kind.ACTIVITY",
        "inside=True",
        ("tests/unit/adapters/outbox/test_activity.py",),
    ),
    Mutant(
        "that dead letters are sent again is in no trail",
        "adapters/postgres/publishing/dispatches.py",
        """            if number:
""",
        """            if not number:
""",
        ("tests/contract/test_outbox_postgres.py",),
    ),
    Mutant(
        "what refuses everything says nothing of Activity's health",
        "adapters/outbox/retries.py",
        "counts=status not in _OF_THE_MESSAGE",
        "counts=False",
        ("tests/contract/outbox/test_activity.py",),
    ),
    Mutant(
        "whoever claims passes over all that is over",
        "adapters/postgres/queue/low_water.py",
        "self._marks = {row[0]: (row[1], row[2]) for row in rows}",
        "self._marks = {}",
        QUEUE,
    ),
    Mutant(
        "what is tried later hides what comes sooner",
        "adapters/postgres/queue/low_water.py",
        "UNION ALL SELECT laid_out_at, 0",
        "UNION ALL SELECT 'infinity', 0",
        QUEUE,
    ),
    Mutant(
        "the relay clears its flag after the look",
        "adapters/outbox/relay.py",
        """                self._news.clear()
                try:
                    wait = await self._look()
""",
        """                try:
                    wait = await self._look()
                    self._news.clear()
""",
        RELAY,
    ),
    Mutant(
        "whoever announces is done when the server has been told",
        "adapters/postgres/queue/wakeups.py",
        "        while self._is_asked:\n",
        "        for _ in range(1):\n",
        ("tests/contract/outbox/test_faults.py",),
    ),
    Mutant(
        "whatever is due is claimed, however large it is",
        "adapters/postgres/queue/claiming.py",
        "size_before < $10",
        "size_before < $10 OR true",
        OUTBOX,
    ),
    Mutant(
        "a relay takes in more while it has more than enough",
        "adapters/outbox/relay.py",
        "is_room = room > 0 and size > 0",
        "is_room = room > 0",
        RELAY,
    ),
    Mutant(
        "what waits for who hangs is kept",
        "adapters/outbox/shares.py",
        "(self.is_ill or self.waiting[0].since < waiting_since)",
        "self.is_ill",
        RELAY,
    ),
    Mutant(
        "who fails is tried on and on",
        "adapters/outbox/shares.py",
        "or self.failed_in_a_row >= self.opens_after",
        "or self.failed_in_a_row < 0",
        RELAY,
    ),
    Mutant(
        "who asks to be left alone is sent what was claimed before",
        "adapters/outbox/shares.py",
        "return self.has_asked_for_rest or",
        "return",
        RELAY,
    ),
    Mutant(
        "whoever breaks off her answer is asked once more",
        "adapters/outbox/connections.py",
        "self.requests > 1 and not self.has_heard",
        "self.requests > 1",
        RELAY,
    ),
    Mutant(
        "who hangs up on a new connection is asked once more",
        "adapters/outbox/connections.py",
        "self.requests > 1 and not self.has_heard",
        "not self.has_heard",
        RELAY,
    ),
    Mutant(
        "who asks to wait is called with something else",
        "adapters/outbox/retries.py",
        "theirs if status in _TOO_MUCH else timedelta(0)",
        "timedelta(0)",
        RELAY,
    ),
    Mutant(
        "who asks to be left alone is not, where something else arrived",
        "adapters/postgres/queue/settling.py",
        "elif asked[one] or not is_well:",
        "elif not is_well:",
        OUTBOX,
    ),
    Mutant(
        "who fetches goes on though what she read is lost",
        "adapters/postgres/publishing/feed.py",
        "if place.position > head or is_other:",
        "if False:",
        OUTBOX,
    ),
    Mutant(
        "who fetches goes on where something else is in the place of what she read",
        "adapters/postgres/publishing/feed.py",
        "if place.position > head or is_other:",
        "if place.position > head:",
        OUTBOX,
    ),
    Mutant(
        "a queue of notifications that was full once stays so",
        "adapters/postgres/queue/wakeups.py",
        "SELECT pg_notification_queue_usage()",
        "SELECT 1",
        WORD,
    ),
    Mutant(
        "whoever hears no word never looks",
        "adapters/outbox/relay.py",
        """        except TimeoutError:
            self._may_be_facts = True
""",
        """        except TimeoutError:
            pass
""",
        WORD,
    ),
    Mutant(
        "who is paused is told what was laid out before",
        "adapters/postgres/queue/claiming.py",
        "WHERE state = 'active'",
        "WHERE state <> 'disabled'",
        QUEUE,
    ),
    Mutant(
        "what was laid out for who is disabled is lost",
        "adapters/postgres/queue/settling.py",
        "SET place = least(place, (SELECT min(place) - 1 FROM taken))",
        "SET place = place",
        FLAPPING,
    ),
    Mutant(
        "who gets a new secret is signed to with the newest alone",
        "adapters/outbox/messages.py",
        "for secret in subscriber.secrets\n",
        "for secret in subscriber.secrets[:1]\n",
        FLAPPING,
    ),
    Mutant(
        "who is claimed for is as she was when the relay first heard of her",
        "adapters/postgres/queue/claiming.py",
        "    found = await connection.fetch(_WHO, {row",
        """    asked = {row["subscription_id"] for row in rows}
    found = _who.__dict__.setdefault(
        str(sorted(asked)), await connection.fetch(_WHO, asked)
    )
    _ = ({row""",
        FLAPPING,
    ),
    Mutant(
        "an answer that comes late ends the rest that was asked for",
        "adapters/postgres/queue/settling.py",
        "WHEN open_until > statement_timestamp() THEN open_until",
        "WHEN false THEN open_until",
        OUTBOX,
    ),
    Mutant(
        "an address is not looked at once more when connecting",
        "adapters/outbox/addresses.py",
        "if not is_outer(where[0]):",
        "if not where[0]:",
        RELAY,
    ),
    Mutant(
        "a draft is told of",
        "events_core/domain/publication.py",
        "and exposure.status is not Status.DRAFT",
        "and exposure.status is not None",
        DOMAIN,
    ),
    # What was, and going back to it.
    Mutant(
        "a rollback brings back whatever it likes",
        "events_core/domain/history.py",
        "return version.content(BROUGHT_BACK)",
        "return version.content(CHANGEABLE)",
        ("tests/unit/domain/test_history.py",),
    ),
    Mutant(
        "a merge takes the same field from both",
        "events_core/domain/history.py",
        "or (name in wanted and name in theirs and now[name] != value)",
        "",
        ("tests/unit/domain/test_history.py",),
    ),
    Mutant(
        "a history is for whoever can read the event",
        "events_core/usecases/read_history.py",
        "uow, viewer, command.event_id, Action.READ_HISTORY)",
        "uow, viewer, command.event_id, Action.READ)",
        ("tests/unit/usecases/test_history.py",),
    ),
    Mutant(
        "a page of a history begins one late",
        "events_core/usecases/read_history.py",
        "max(1, newest - command.limit + 1)",
        "max(1, newest - command.limit)",
        ("tests/unit/usecases/test_history.py",),
    ),
    Mutant(
        "a part of a history goes to its end",
        "adapters/postgres/record.py",
        "_LATEST if last is None else last",
        "_LATEST",
        POSTGRES[:1],
    ),
    # Which trace it belongs to.
    Mutant(
        "the neighbours are not told of the trace",
        "adapters/portal/client.py",
        "headers |= current_headers()",
        "headers |= {}",
        PEOPLE,
    ),
    Mutant(
        "a trace of zeros is one",
        "adapters/tracing.py",
        'if not int(found["trace"], 16) or not int(found["span"], 16):',
        'if not int(found["span"], 16):',
        ("tests/unit/adapters/test_tracing.py",),
    ),
    Mutant(
        "a delivery belongs to a trace of its own",
        "adapters/outbox/delivering.py",
        "within=trace) as span",
        "within=None) as span",
        ("tests/contract/outbox/test_delivery.py",),
    ),
    Mutant(
        "a test is told to everybody",
        "events_core/domain/publication.py",
        "return fact.subscription_id == subscription_id",
        "return True",
        DOMAIN,
    ),
    Mutant(
        "who wants any kind of fact hears who was disabled",
        "events_core/domain/publication.py",
        "fact.event_type in (audience.event_types or ())",
        "fact.event_type in (audience.event_types or {fact.event_type})",
        DOMAIN,
    ),
    Mutant(
        "a tenant hears what became of an operator's subscription",
        "events_core/ports/outbox.py",
        "not is_plain or self.kind",
        "self.kind",
        ("tests/contract/test_outbox_memory.py",),
    ),
    Mutant(
        "whoever fetches slowly is not told that facts have gone",
        "adapters/postgres/publishing/feed.py",
        "place = after or FeedPlace(0, cleared)",
        "place = after or FeedPlace(0, head)",
        ("tests/contract/outbox/test_feed.py",),
    ),
    Mutant(
        "what of version 6 was given to nobody counts as the internet",
        "adapters/outbox/addresses.py",
        "if ip.version == 6 and ip not in _UNICAST:",
        "if ip.version == 6 and ip.ipv4_mapped:",
        RELAY,
    ),
    # Who may do what on one event.
    Mutant(
        "a role holds a moment longer than it was given for",
        "events_core/domain/roles.py",
        "self.expires_at <= at",
        "self.expires_at < at",
        ("tests/unit/domain/test_roles.py",),
    ),
    Mutant(
        "a team counts as the last owner",
        "events_core/domain/roles.py",
        "return is_one_persons and self.role",
        "return self.role",
        ("tests/unit/domain/test_roles.py",),
    ),
    Mutant(
        "people give themselves roles",
        "events_core/domain/roles.py",
        "if grant.holder == grant.granted_by:",
        "if False:",
        ("tests/unit/domain/test_roles.py",),
    ),
    Mutant(
        "who lost her ownership while she waited still gives",
        "events_core/usecases/give_role.py",
        "if not evolve(event, grants=sharing.grants).allows(",
        "if not event.allows(",
        ("tests/unit/usecases/test_give_role.py",),
    ),
    Mutant(
        "a group's role is not asked about in lists",
        "events_core/usecases/list_events.py",
        "members_of=places.with_events | places.with_roles,",
        "members_of=places.with_events,",
        ("tests/unit/usecases/test_give_role.py",),
    ),
    Mutant(
        "a team's role is anybody's whose id it has",
        "adapters/postgres/predicates.py",
        "and_(kind == _kind(PERSON), ids ==",
        "and_(true(), ids ==",
        POSTGRES[:1],
    ),
    Mutant(
        "a role that has ended still shows",
        "adapters/postgres/predicates.py",
        "event_role.c.expires_at.is_(None),",
        "true(),",
        POSTGRES[:1],
    ),
    Mutant(
        "numbers are summed up for everybody",
        "events_core/usecases/sum_up.py",
        "if not allows(Action.SUM_UP,",
        "if not allows(Action.READ,",
        ("tests/unit/usecases/test_sum_up.py",),
    ),
    Mutant(
        "a mark that was taken back is counted in sums",
        "adapters/postgres/counting.py",
        "attendance.c.undone_at.is_(None),",
        "true(),",
        POSTGRES[:1],
    ),
    Mutant(
        "a pass lets in once for each name of a reading",
        "events_core/usecases/mark_attendance.py",
        "Reply(change.after, made=change.happened)",
        "Reply(change.after, made=True)",
        ("tests/unit/adapters/http/routes/test_passes.py",),
    ),
    Mutant(
        "any hash is that of her pass",
        "events_core/usecases/mark_attendance.py",
        "if shown is not None and shown not in hers:",
        "if False:",
        ("tests/unit/usecases/test_list_expected.py",),
    ),
    Mutant(
        "a list for the door has passes that work",
        "events_core/domain/doors.py",
        "return [hashed(sign_pass(event, user_id, [key])) for key in keys]",
        "return [sign_pass(event, user_id, [key]) for key in keys]",
        ("tests/unit/usecases/test_list_expected.py",),
    ),
    Mutant(
        "all lists for the door have one key",
        "events_core/domain/doors.py",
        "event.tenant_id.bytes + event.id.bytes + event.occurrence.encode()",
        "event.tenant_id.bytes",
        ("tests/unit/usecases/test_list_expected.py",),
    ),
    Mutant(
        "the door reads comments",
        "events_core/usecases/list_answers.py",
        "return Answers(rsvps if reads else",
        "return Answers(rsvps if True else",
        ("tests/unit/adapters/http/routes/test_answers.py",),
    ),
    Mutant(
        "the door hears who said no",
        "events_core/usecases/list_answers.py",
        "command.sides if reads else command.sides & EXPECTED",
        "command.sides",
        ("tests/unit/adapters/http/routes/test_answers.py",),
    ),
    Mutant(
        "a table runs formulas",
        "adapters/http/codec/sheets.py",
        "startswith(_FORMULA)",
        'startswith("nothing")',
        ("tests/unit/adapters/http/codec/test_sheets.py",),
    ),
    Mutant(
        "everybody walks in",
        "events_core/domain/attendance.py",
        "if not event.signup.walk_ins and admission",
        "if False and admission",
        ("tests/unit/usecases/test_attendance.py",),
    ),
    Mutant(
        "a role that has ended keeps an event that nobody sees",
        "adapters/postgres/migrations/sql/0022_reasons.sql",
        "AND (expires_at IS NULL OR expires_at > moment)",
        "",
        POSTGRES[:1],
    ),
    Mutant(
        "who owned an event passes it on",
        "events_core/domain/roles.py",
        "or not owns or giver.has_ended(grant.granted_at)",
        "or not owns",
        ("tests/unit/domain/test_roles.py",),
    ),
    Mutant(
        "going back takes the capacity along",
        "events_core/domain/history.py",
        '    "game_id",\n    "metadata",\n}',
        '    "game_id",\n    "metadata",\n    "capacity",\n}',
        ("tests/unit/usecases/test_history.py",),
    ),
    Mutant(
        "a trail that somebody changed is verified all the same",
        "adapters/cli/audit.py",
        "return 1 if verdict.findings else 0",
        "return 0",
        ("tests/contract/test_audit_commands_postgres.py",),
    ),
    Mutant(
        "who organises one community reads the audit trail",
        "events_core/usecases/core.py",
        "if not allows(action, permissions=viewer.permissions_in(tenant)):",
        "if viewer.barred:",
        ("tests/unit/usecases/test_read_audit.py",),
    ),
    # Who is erased.
    Mutant(
        "the reasons somebody gave for a change stay",
        "adapters/postgres/migrations/sql/0022_reasons.sql",
        "SET made_by = NULL, reason = NULL",
        "SET made_by = NULL",
        POSTGRES[:1],
    ),
    Mutant(
        "an export leaves out the answers somebody gave for others",
        "adapters/postgres/keeping.py",
        "await rows(_ANSWERED_FOR)",
        "()",
        ("tests/unit/adapters/postgres/test_erasure.py",),
    ),
    # Why, and why not.
    Mutant(
        "an explanation goes on after a no",
        "events_core/domain/explanation.py",
        "if ruling.passed is False:",
        "if False:",
        ("tests/unit/domain/test_explanation.py",),
    ),
    Mutant(
        "what nobody could tell counts as a yes",
        "events_core/domain/explanation.py",
        "None if None in said else True",
        "True",
        ("tests/unit/domain/test_explanation.py",),
    ),
    Mutant(
        "an explanation has a seat for whoever waits",
        "events_core/domain/rulings.py",
        "waits=admission is Admission.WAITLISTED,",
        "waits=False,",
        ("tests/unit/domain/test_explanation.py",),
    ),
    Mutant(
        "an explanation lets people be marked at any time",
        "events_core/domain/rulings.py",
        "event.schedule.starts_at - opens, at)",
        "None, at)",
        ("tests/unit/usecases/test_explain_event.py",),
    ),
    Mutant(
        "what might be held counts as not held",
        "events_core/domain/rulings.py",
        "return not case.known and holds(visible_to(manager), event)",
        "return False",
        ("tests/unit/domain/test_explanation.py",),
    ),
    Mutant(
        "anybody may ask about anybody",
        "events_core/usecases/explain_event.py",
        "command.event_id, Action.UPDATE)",
        "command.event_id, Action.READ)",
        ("tests/unit/usecases/test_explain_event.py",),
    ),
)
