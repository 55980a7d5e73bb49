"""Kubernetes objects as they are in YAML, and how to look into them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import yaml

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One object. name and namespace are empty where the object has none."""

    api_version: str
    kind: str
    name: str
    namespace: str
    body: dict[str, Json]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    def at(self, *path: str | int) -> Json:
        """What is there, or None."""
        return dig(self.body, *path)


def load_manifests(text: str) -> tuple[Manifest, ...]:
    """Every object of a stream of YAML documents. ValueError for one that is no object."""
    return tuple(manifest_of(document) for document in yaml.safe_load_all(text) if document)


def manifest_of(document: Json) -> Manifest:
    """The object that the document holds; ValueError when it holds none."""
    if not isinstance(document, dict) or not text_at(document, "kind"):
        raise ValueError(f"no Kubernetes object: {document!r:.80}")
    return Manifest(
        api_version=text_at(document, "apiVersion"),
        kind=text_at(document, "kind"),
        name=text_at(document, "metadata", "name"),
        namespace=text_at(document, "metadata", "namespace"),
        body=document,
    )


def dig(value: Json, *path: str | int) -> Json:
    """What is at the path, or None where it ends early."""
    for step in path:
        match value, step:
            case dict(), str() if step in value:
                value = value[step]
            case list(), int() if step < len(value):
                value = value[step]
            case _:
                return None
    return value


def text_at(value: Json, *path: str | int) -> str:
    """The text at the path, or an empty one."""
    found = dig(value, *path)
    return found if isinstance(found, str) else ""


def number_at(value: Json, *path: str | int, default: int = 0) -> int:
    """The whole number at the path, or the default."""
    found = dig(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else default


def list_at(value: Json, *path: str | int) -> list[Json]:
    """The list at the path, or an empty one."""
    found = dig(value, *path)
    return found if isinstance(found, list) else []


def mapping_at(value: Json, *path: str | int) -> dict[str, Json]:
    """The mapping at the path, or an empty one."""
    found = dig(value, *path)
    return found if isinstance(found, dict) else {}


def walk(value: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Everything in the value with its path, outermost first."""
    yield path, value
    match value:
        case dict():
            for key, inner in value.items():
                yield from walk(inner, (*path, key))
        case list():
            for index, inner in enumerate(value):
                yield from walk(inner, (*path, index))
        case _:
            return
