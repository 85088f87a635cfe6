"""`intake db upgrade` and `db move`: the store's schema, and its way to another engine."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from intake.cli.opening import private_files, read_settings
from intake.cli.options import Config, Json
from intake.cli.output import Refused, json_line, progress, say, table, tell

if TYPE_CHECKING:
    from storage.database import Database
    from storage.proofs import Proof

app = typer.Typer(help="The database.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def _group(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        say(context.get_help())


@app.command()
def upgrade(config: Config = None, json: Json = False) -> None:
    """Bring the database to this version's schema, or make it."""
    from intake.store import opened

    with private_files(), opened(read_settings(config).storage.url) as database:
        done = _upgrade(database)
        tell({"database": database.place, "done": done}, f"{database.place}: {done}", json=json)


def _upgrade(database: "Database") -> str:
    from intake.store import at_rest
    from storage import schema
    from storage.schema import SchemaState

    before = schema.state(database)
    if before is SchemaState.NEWER:
        raise Refused(f"the database {database.place} belongs to a later version; upgrade ticket-intake")
    if before is SchemaState.CURRENT:
        return "has this version's schema already"
    with at_rest(database):
        schema.upgrade(database)
    return "made" if before is SchemaState.EMPTY else "upgraded"


Url = "sqlite:////absolute/file or postgresql+psycopg://user@host/database"


@app.command()
def move(
    source: Annotated[str, typer.Argument(metavar="FROM", help=f"The store as it is: {Url}.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="An empty one, of either kind. It is made where it can.")],
    config: Config = None,
    json: Json = False,
) -> None:
    """Copy a store into an empty one of either engine.

    It is proved that both hold the same. The daemon must be stopped. The source stays as it is.
    """
    from intake.store import at_rest, opened, usable
    from storage import proofs, schema
    from storage.copying import NotCopied, copy
    from storage.schema import SchemaState

    for url in (source, target):
        _look_at(url)
    with private_files(), usable(source) as one, opened(target) as two:
        if one.url == two.url:
            raise Refused("FROM and TO are the same store; name an empty one as TO", 2)
        with at_rest(one), at_rest(two):
            if schema.state(two) is SchemaState.EMPTY:
                schema.upgrade(two)
            with one.snapshot() as tx:
                rows = sum(proofs.rows(tx).values())
            with progress("copying and proving", 2 * rows) as step:
                proof = copy(one, two, lambda _, count: step(count))
    if isinstance(proof, NotCopied):
        raise Refused(proof.reason)
    show_proof(proof, json=json)
    if not json:
        say(f"{proof.rows:,} rows are the same in both. Now put the new url into [storage] of the configuration,")
        say("try it with `intake check --connect`, and start the daemon; the old store is as it was.")


def show_proof(proof: "Proof", *, json: bool) -> None:
    """What each table holds; for people without the empty ones, and with the beginning of each hash."""
    if json:
        for one in proof.tables:
            json_line(asdict(one))
    else:
        table(
            ("table", "rows", "SHA-256"), [(one.table, f"{one.rows:,}", one.sha256) for one in proof.tables if one.rows]
        )


def _look_at(url: str) -> None:
    from intake.config_checks import POSTGRESQL, SQLITE

    if not url.startswith((SQLITE, POSTGRESQL)) or url == SQLITE:
        raise Refused(f'"{url.partition(":")[0]}…" names no database; write {Url}', 2)
