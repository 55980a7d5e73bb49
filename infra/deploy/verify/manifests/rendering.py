"""What Kustomize and Helm make of each environment and strategy."""

import functools
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from infra.deploy.verify.manifests.objects import Json, Manifest, load_manifests
from infra.deploy.verify.programs import ROOT, TOOLS, ToolMissing, get_tool, run_command

DEPLOY: Final = ROOT / "infra" / "deploy"
KUBERNETES: Final = DEPLOY / "kubernetes"
CHART: Final = DEPLOY / "helm" / "taskwire"
ENVIRONMENTS: Final = ("dev", "uat", "prod")
STRATEGIES: Final = ("rolling", "blue-green", "canary")
# Reads a list of values from standard input, and renders the chart with each. Helm is a library
# of the tools' own Python; one process renders all, since loading it takes a second.
_HELM_PROGRAM: Final = """
import json, sys
import helm_python
request = json.load(sys.stdin)
try:
    with helm_python.Chart.load(request["chart"]) as chart:
        lint = helm_python.lint(
            request["chart"], request["values"][0], strict=True, namespace="taskwire"
        )
        rendered = [
            chart.render(values, name="taskwire", namespace="taskwire")
            for values in request["values"]
        ]
    answer = {"lint": lint, "rendered": rendered}
except helm_python.HelmError as error:
    answer = {"error": str(error)}
json.dump(answer, sys.stdout)
"""


class RenderingFailed(Exception):
    """Kustomize or Helm refused its input; the text is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One environment deployed with one strategy, and optionally inside of a service mesh."""

    environment: str
    strategy: str
    is_in_mesh: bool = False

    def __str__(self) -> str:
        return f"{self.environment}/{self.strategy}{'-istio' if self.is_in_mesh else ''}"

    @property
    def folder(self) -> Path:
        """The Kustomize folder that renders it."""
        if self.strategy == "rolling":
            return KUBERNETES / "overlays" / self.environment
        strategy = f"{self.strategy}{'-istio' if self.is_in_mesh else ''}"
        return KUBERNETES / "strategies" / strategy / self.environment


VARIANTS: Final = tuple(
    Variant(environment=environment, strategy=strategy)
    for environment, strategy in itertools.product(ENVIRONMENTS, STRATEGIES)
)
MESH_VARIANTS: Final = (Variant(environment="prod", strategy="canary", is_in_mesh=True),)


@functools.cache
def kustomized(folder: Path) -> tuple[Manifest, ...]:
    """Every object of the folder, in the order in which they are to be made."""
    run = run_command([get_tool("kubectl"), "kustomize", str(folder)])
    if run.status != 0:
        raise RenderingFailed(run.tail)
    return load_manifests(run.output)


def values_of(variant: Variant, *, chart: Path = CHART) -> dict[str, Json]:
    """The values the chart is installed with for the variant."""
    path = chart / f"values-{variant.environment}.yaml"
    values: dict[str, Json] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {**values, "strategy": variant.strategy, "istio": {"enabled": variant.is_in_mesh}}


def helm_rendered(
    chart: Path, values: Sequence[dict[str, Json]]
) -> tuple[list[str], list[tuple[Manifest, ...]]]:
    """What strict linting finds with the first values, and the objects that each values give.

    RenderingFailed when the values break their schema or a template fails.
    """
    request = json.dumps({"chart": str(chart), "values": values})
    run = run_command([_helm_python(), "-c", _HELM_PROGRAM], text_in=request)
    if run.status != 0:
        raise RenderingFailed(run.tail)
    answer = json.loads(run.output)
    if "error" in answer:
        raise RenderingFailed(answer["error"])
    findings = [
        f"{message['path']}: {message['error']}"
        for message in answer["lint"]["messages"]
        # 1 tells, 2 warns, 3 is an error.
        if message["severity"] > 1
    ]
    rendered = [
        load_manifests(
            "\n---\n".join(text for name, text in files.items() if not name.endswith("NOTES.txt"))
        )
        for files in answer["rendered"]
    ]
    return findings, rendered


def _helm_python() -> str:
    """The Python that has Helm's library."""
    if any(TOOLS.parent.glob("lib/python*/site-packages/helm_python")):
        return str(TOOLS / "python")
    raise ToolMissing("helm-python-sdk")
