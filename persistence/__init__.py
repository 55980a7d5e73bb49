"""Postgres: tables, migrations, the unit of work, batched readers, event log and outbox."""
