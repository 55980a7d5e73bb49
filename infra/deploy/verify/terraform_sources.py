"""What can be said of Terraform sources by reading them, with no program and no provider."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# A block as `terraform fmt` writes it: opened and closed at the left margin.
_BLOCK: Final = re.compile(
    r'^(?P<kind>[a-z]+)(?P<labels>(?: "[^"]+")*) \{\n(?P<body>.*?)^\}$', re.MULTILINE | re.DOTALL
)
_SKIP: Final = re.compile(r"#checkov:skip=(?P<id>[A-Z0-9_]+)(?::(?P<reason>.*))?")
_PIN: Final = re.compile(r'version\s*=\s*"~> 5\.100"')
_REASON_LETTERS: Final = 15
_NOT_A_CONFIGURATION: Final = frozenset({"shared", "testing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A top-level block: its kind, its labels, the text between its braces."""

    place: str
    kind: str
    labels: tuple[str, ...]
    body: str

    @property
    def name(self) -> str:
        """How a message calls it."""
        return f"{self.place}: {' '.join((self.kind, *self.labels))}"

    def has(self, argument: str) -> bool:
        """Whether the block sets the argument, or has a block of that name."""
        return re.search(rf"^\s+{argument}(\s*=|\s*\{{)", self.body, re.MULTILINE) is not None

    def sets(self, argument: str, value: str) -> bool:
        """Whether the block sets the argument to the value."""
        pattern = rf"^\s+{argument}\s*=\s*{re.escape(value)}\s*$"
        return re.search(pattern, self.body, re.MULTILINE) is not None


def read_blocks(folder: Path) -> Iterator[Block]:
    """Every top-level block of every file, but not twice where a file is a link to another."""
    for path in sorted(folder.rglob("*.tf")):
        if path.is_symlink() or ".terraform" in path.parts:
            continue
        for match in _BLOCK.finditer(path.read_text()):
            yield Block(
                place=str(path.relative_to(folder)),
                kind=match["kind"],
                labels=tuple(re.findall(r'"([^"]+)"', match["labels"])),
                body=match["body"],
            )


def find_configurations(folder: Path) -> list[Path]:
    """The folders that Terraform can be run in, relative to the folder."""
    found = {path.parent.relative_to(folder) for path in folder.rglob("*.tf")}
    return sorted(
        place
        for place in found
        if not _NOT_A_CONFIGURATION & set(place.parts) and ".terraform" not in place.parts
    )


def find_faults(folder: Path) -> list[str]:
    """One line for each rule of the project that the sources break; none when all hold."""
    blocks = list(read_blocks(folder))
    if not blocks:
        return [f"{folder.name}: no Terraform sources found"]
    faults = [fault for block in blocks for fault in _faults_of(block)]
    faults += _faults_of_configurations(folder)
    faults += _faults_of_lines(folder)
    return faults


def _faults_of(block: Block) -> Iterator[str]:
    match block.kind:
        case "variable":
            yield from _faults_of_variable(block)
        case "output":
            if not block.has("description"):
                yield f"{block.name} is not described"
        case "terraform":
            if block.has("required_providers"):
                yield from _faults_of_requirements(block)
        case "module":
            if re.search(r'^\s+source\s*=\s*"\.', block.body, re.MULTILINE) is None:
                yield f"{block.name} is not one of this folder"
        case "resource" | "data":
            yield from _faults_of_resource(block)
        case _:
            return


def _faults_of_variable(block: Block) -> Iterator[str]:
    for argument in ("type", "description"):
        if not block.has(argument):
            yield f"{block.name} has no {argument}"
    # Of a bool the type says all, once null is ruled out.
    is_bool = block.sets("type", "bool")
    if not block.has("validation") and not (is_bool and block.sets("nullable", "false")):
        yield f"{block.name} is not validated"


def _faults_of_requirements(block: Block) -> Iterator[str]:
    if not block.has("required_version"):
        yield f"{block.name} names no version of Terraform"
    if set(re.findall(r'source\s*=\s*"([^"]+)"', block.body)) != {"hashicorp/aws"}:
        yield f"{block.name} needs another provider than hashicorp/aws"
    if _PIN.search(block.body) is None:
        yield f'{block.name} does not pin the provider to "~> 5.100"'


def _faults_of_resource(block: Block) -> Iterator[str]:
    kind = block.labels[0]
    if not kind.startswith("aws_"):
        yield f"{block.name} belongs to another provider"
    if kind in {"aws_security_group", "aws_default_security_group"} and block.has("ingress"):
        yield f"{block.name} has rules inside, where they cannot be told apart"
    is_open = "0.0.0.0/0" in block.body or "::/0" in block.body
    is_ingress = kind == "aws_vpc_security_group_ingress_rule"
    is_https = block.sets("from_port", "443") and block.sets("to_port", "443")
    if is_ingress and is_open and not is_https:
        yield f"{block.name} opens more than 443 to the world"


def _faults_of_configurations(folder: Path) -> Iterator[str]:
    for place in find_configurations(folder):
        if not any((folder / place).glob("tests/*.tftest.hcl")):
            yield f"{place} has no tests"
        if not (folder / place / "versions.tf").is_file():
            yield f"{place} has no versions.tf"


def _faults_of_lines(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.tf")):
        if path.is_symlink() or ".terraform" in path.parts:
            continue
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            place = f"{path.relative_to(folder)}:{number}"
            skip = _SKIP.search(line)
            if skip and len(skip["reason"] or "") < _REASON_LETTERS:
                yield f"{place} skips {skip['id']} without a reason"
            if line != line.rstrip() or "\t" in line:
                yield f"{place} is not as terraform fmt writes it"
