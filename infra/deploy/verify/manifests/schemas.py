"""The strict schemas of every kind of object, and what an object breaks of its own."""

import functools
import importlib.util
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import jsonschema_rs
import yaml

from infra.deploy.verify.manifests.objects import Json, Manifest, dig, list_at, mapping_at
from infra.deploy.verify.programs import ROOT, TOOLS, ToolMissing

# What the clusters run; see infra/deploy/kubernetes/README.md.
KUBERNETES_VERSION: Final = "1.35"
CUSTOM_SCHEMAS: Final = ROOT / "infra" / "deploy" / "kubernetes" / "schemas"
_PACKAGE: Final = "kubernetes_validate"
_BASE: Final = "https://schemas.invalid"
_DEFINITIONS: Final = "/api/_definitions.json"


class UnknownKind(Exception):
    """No schema is known for objects of this kind, so nothing can be said of one."""


class Schemas:
    """Kubernetes' own schemas of one version, and those of the custom resources."""

    def __init__(self, folder: Path, custom: Mapping[str, dict[str, Json]]) -> None:
        self._folder = folder
        self._custom = custom
        definitions: Json = json.loads((folder / "_definitions.json").read_text(encoding="utf-8"))
        self._registry = jsonschema_rs.Registry([(_BASE + _DEFINITIONS, definitions)])
        self._validator_by_kind: dict[str, jsonschema_rs.Validator] = {}

    def problems_of(self, manifest: Manifest) -> list[str]:
        """Everything the object breaks of its schema. UnknownKind where there is none."""
        return [
            f"{manifest}: {'.'.join(map(str, error.instance_path)) or 'object'}: {error.message}"
            for error in self._validator(manifest).iter_errors(manifest.body)
        ]

    def _validator(self, manifest: Manifest) -> jsonschema_rs.Validator:
        kind = f"{manifest.api_version} {manifest.kind}"
        if kind not in self._validator_by_kind:
            self._validator_by_kind[kind] = jsonschema_rs.validator_for(
                self._schema(manifest, kind),
                registry=self._registry,
                base_uri=f"{_BASE}/api/{len(self._validator_by_kind)}.json",
            )
        return self._validator_by_kind[kind]

    def _schema(self, manifest: Manifest, kind: str) -> dict[str, Json]:
        if kind in self._custom:
            return self._custom[kind]
        group, _, version = manifest.api_version.rpartition("/")
        parts = [manifest.kind.lower(), *([group.partition(".")[0]] if group else []), version]
        path = self._folder / f"{'-'.join(parts)}.json"
        if not path.is_file():
            raise UnknownKind(f"{kind} is no known kind")
        schema: dict[str, Json] = json.loads(path.read_text(encoding="utf-8"))
        own = {"group": group, "version": version, "kind": manifest.kind}
        if own not in list_at(schema, "x-kubernetes-group-version-kind"):
            raise UnknownKind(f"{kind} is no known kind")
        schema.pop("$id", None)
        # Kubernetes itself refuses objects without them; the schemas do not.
        return {**schema, "required": ["apiVersion", "kind", "metadata"]}


def problems_of_all(schemas: Schemas, manifests: Iterable[Manifest]) -> list[str]:
    """Everything all of the objects break, unknown kinds among it."""
    problems = []
    for manifest in manifests:
        try:
            problems += schemas.problems_of(manifest)
        except UnknownKind as unknown:
            problems.append(f"{manifest}: {unknown}")
    return problems


@functools.cache
def load_schemas() -> Schemas:
    """Every schema. ToolMissing where kubernetes-validate, which ships them, is not installed."""
    name = f"v{KUBERNETES_VERSION}.0-local-strict"
    for package in _places():
        folder = package / "kubernetes-json-schema" / name
        if folder.is_dir():
            return Schemas(folder, load_custom_schemas(CUSTOM_SCHEMAS))
    raise ToolMissing("kubernetes-validate")


def _places() -> Sequence[Path]:
    spec = importlib.util.find_spec(_PACKAGE)
    here = [Path(spec.origin).parent] if spec is not None and spec.origin else []
    return [*sorted(TOOLS.parent.glob(f"lib/python*/site-packages/{_PACKAGE}")), *here]


def load_custom_schemas(folder: Path) -> dict[str, dict[str, Json]]:
    """Return the schema of each custom kind, by `apiVersion kind`."""
    schema_by_kind: dict[str, dict[str, Json]] = {}
    for path in sorted(folder.glob("*.yaml")):
        document: dict[str, Json] = yaml.safe_load(path.read_text(encoding="utf-8"))
        definitions = mapping_at(document, "$defs")
        for kind, specification in document.items():
            if kind != "$defs":
                schema_by_kind[kind] = _whole_object(kind, specification, definitions)
    return schema_by_kind


def _whole_object(kind: str, specification: Json, definitions: dict[str, Json]) -> dict[str, Json]:
    api_version, _, name = kind.partition(" ")
    metadata = f"{_DEFINITIONS}#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": False,
        "properties": {
            "apiVersion": {"const": api_version},
            "kind": {"const": name},
            "metadata": {"$ref": metadata},
            "spec": _closed(specification),
        },
        "$defs": _closed(definitions),
    }


def _closed(schema: Json) -> Json:
    """Return the schema with every object that lists its properties closed to others."""
    match schema:
        case dict():
            closed = {key: _closed(value) for key, value in schema.items()}
            is_object = schema.get("type") == "object"
            is_listed = isinstance(dig(schema, "properties"), dict)
            return {"additionalProperties": False, **closed} if is_object and is_listed else closed
        case list():
            return [_closed(item) for item in schema]
        case _:
            return schema
