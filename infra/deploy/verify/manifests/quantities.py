"""Amounts as Kubernetes writes them: 250m, 128Mi, 2."""

import re
from decimal import Decimal
from typing import Final

from infra.deploy.verify.manifests.objects import Json

_QUANTITY: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?")
_FACTOR_BY_SUFFIX: Final = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("kMGT", start=1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGT", start=1)},
}


def parse_quantity(value: Json) -> Decimal:
    """The amount in cores or bytes; ValueError when it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    found = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"no quantity: {value!r}")
    return Decimal(found[1]) * _FACTOR_BY_SUFFIX[found[2] or ""]
