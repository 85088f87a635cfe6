"""Whom the directory knows, and the policies that ever decided."""

import sqlalchemy as sa

from storage.tables.columns import DAY, FLAG, JSON, TEXT, WHEN, index, key, metadata, needed

contract = sa.Table(
    "contract",
    metadata,
    key("contract", TEXT),
    needed("organization", TEXT),
    needed("policy", TEXT),
    needed("plan", TEXT),
    needed("starts", DAY),
    needed("ends", DAY),
    needed("paid", FLAG),
    needed("version", TEXT),
    needed("account_manager", TEXT),
    needed("distributor", TEXT),
    needed("support_partner", TEXT),
    # A decimal number as text: SQLite has none of its own.
    needed("expert_hours", TEXT),
)

contact = sa.Table(
    "contact",
    metadata,
    # The key of the address: without regard to case.
    key("address", TEXT),
    key("contract", TEXT, of="contract.contract"),
    needed("email", TEXT),
    needed("name", TEXT),
    needed("role", TEXT),
    needed("trainings", JSON),
    needed("language", TEXT),
    index("ix_contact_contract", "contract"),
)

policy = sa.Table(
    "policy",
    metadata,
    key("version", TEXT),
    needed("name", TEXT),
    needed("text", TEXT),
    needed("first_used_at", WHEN),
)
"""Each policy text that ever decided a mail, so that the decision can be explained later."""
