"""SQLAlchemy engines, whose connections are opened as those of the pool are.

asyncpg reads the whole URL: SQLAlchemy's dialect would not know `sslmode` and `sslrootcert`.
"""

from collections.abc import Mapping
from functools import partial

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from persistence.server_settings import CONNECT_TIMEOUT_SECONDS


def engine_for(
    database_url: str, *, server_settings: Mapping[str, str] | None = None, **options: object
) -> AsyncEngine:
    """An engine whose connections are made from the URL; options are those of SQLAlchemy."""
    scheme, separator, _ = database_url.partition("://")
    if not separator or scheme not in ("postgresql", "postgres"):
        raise ValueError("the database URL must begin with postgresql://")
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(
            asyncpg.connect,
            database_url,
            timeout=CONNECT_TIMEOUT_SECONDS,
            server_settings=dict(server_settings or {}),
        ),
        **options,
    )
