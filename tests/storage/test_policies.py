"""A policy's text is kept once for each version."""

from storage import policies
from storage.database import Database
from storage.tables import policy
from tests.storage.samples import HOUR, NOW


def test_a_version_is_kept_once_as_it_was_first(database: Database) -> None:
    with database.transaction() as tx:
        policies.keep(tx, "sha256:abc", "irex", "zone = 'Europe/Paris'\n# é 字", NOW)
        policies.keep(tx, "sha256:abc", "irex", "something else", NOW + HOUR)
        policies.keep(tx, "sha256:def", "irex", "another", NOW + HOUR)
        assert policies.text_of(tx, "sha256:abc") == "zone = 'Europe/Paris'\n# é 字"
        assert policies.text_of(tx, "sha256:def") == "another"
        assert policies.text_of(tx, "sha256:none") is None
        first_used = {row.version: row.first_used_at for row in tx.execute(policy.select())}
        assert first_used == {"sha256:abc": NOW, "sha256:def": NOW + HOUR}
