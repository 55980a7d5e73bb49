"""The dashboards as the files that Grafana loads."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from infra.deploy.observability.grafana import (
    business,
    cluster,
    database,
    kafka_redis,
    live_delivery,
    service_overview,
)
from infra.deploy.observability.grafana.panels import Board, build

DASHBOARDS: Final = Path(__file__).parent / "dashboards"
BOARDS: Final[Sequence[Board]] = (
    service_overview.BOARD,
    live_delivery.BOARD,
    database.BOARD,
    kafka_redis.BOARD,
    cluster.BOARD,
    business.BOARD,
)


def dashboard_files() -> Mapping[str, str]:
    """Return the text of each file by its name."""
    return {
        f"{board.uid}.json": json.dumps(build(board), cls=JSONEncoder, indent=1, sort_keys=True)
        + "\n"
        for board in BOARDS
    }
