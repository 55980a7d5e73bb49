"""The Dockerfile and what goes into its context: rules that need no build."""

import re
from pathlib import Path
from typing import Final

from infra.deploy.verify.check import Check, Outcome
from infra.deploy.verify.image_build import check_build
from infra.deploy.verify.programs import ROOT, get_tool, outcome_of, run_command

DOCKERFILE: Final = ROOT / "Dockerfile"
DOCKERIGNORE: Final = ROOT / ".dockerignore"
# What a runtime must not be able to do: compile, fetch packages, become another user.
_FORBIDDEN_IN_RUNTIME: Final = re.compile(
    r"\b(build-essential|gcc|g\+\+|apt-get|apk|curl|wget|sudo|npm|pip install)\b"
)
_INSTRUCTION: Final = re.compile(r"^([A-Z]+)\s+(.*)$")
_STAGES_MIN: Final = 3
_USER: Final = "10001:10001"


def instructions_of(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile with their arguments, continued lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    found = [_INSTRUCTION.match(line.strip()) for line in joined.splitlines()]
    return [(match[1], match[2]) for match in found if match is not None]


def problems_of(text: str) -> list[str]:
    """Return which of the image's promises the Dockerfile breaks."""
    instructions = instructions_of(text)
    starts = [i for i, (word, _) in enumerate(instructions) if word == "FROM"]
    if len(starts) < _STAGES_MIN:
        return [f"has {len(starts)} stages: client, packages and runtime are three"]
    runtime = instructions[starts[-1] + 1 :]
    by_word: dict[str, list[str]] = {}
    for word, argument in runtime:
        by_word.setdefault(word, []).append(argument)
    problems = []
    if by_word.get("USER", [])[-1:] != [_USER]:
        problems.append(f"the runtime's user is not {_USER}")
    problems += [
        f"the runtime has no {word}"
        for word in ("HEALTHCHECK", "ENTRYPOINT", "LABEL", "STOPSIGNAL")
        if word not in by_word
    ]
    problems += [
        f"the runtime runs '{found[0]}'"
        for argument in by_word.get("RUN", [])
        if (found := _FORBIDDEN_IN_RUNTIME.search(argument))
    ]
    installs = [a for word, a in instructions if word == "RUN" and "pip install" in a]
    if not any("--require-hashes" in argument for argument in installs):
        problems.append("packages are installed without their hashes")
    if not any("npm ci" in argument for word, argument in instructions if word == "RUN"):
        problems.append("the client is not installed from its lock (npm ci)")
    problems += [
        f"'{argument}' brings in what the context happens to hold"
        for word, argument in instructions
        if word in {"COPY", "ADD"} and argument.split()[0] in {".", "./"}
    ]
    return problems


def ignore_problems_of(text: str) -> list[str]:
    """Return how a .dockerignore could let in what is secret, private or large."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]
    if lines[:1] != ["*"]:
        return ["does not begin with '*', so whatever is new is let in"]
    wanted = {"**/.env", "**/__pycache__", "web/ui/node_modules", "web/ui/dist"}
    return [f"lets in {name}" for name in sorted(wanted - set(lines))]


def check_rules(dockerfile: Path = DOCKERFILE, ignore: Path = DOCKERIGNORE) -> Outcome:
    """Hold the Dockerfile and the .dockerignore against the promises of the image."""
    problems = problems_of(dockerfile.read_text())
    problems += [f".dockerignore {problem}" for problem in ignore_problems_of(ignore.read_text())]
    if problems:
        return Outcome(status="failed", detail="\n".join(problems))
    return Outcome(
        status="passed", detail="stages, user, health check, locks and context are as promised"
    )


def check_lint(dockerfile: Path = DOCKERFILE) -> Outcome:
    """Let hadolint read the Dockerfile; any finding fails."""
    command = [get_tool("hadolint"), "--failure-threshold", "style", str(dockerfile)]
    return outcome_of(run_command(command), verified="hadolint finds nothing")


CHECKS: Final = (
    Check(name="image-rules", run=check_rules, is_fast=True),
    Check(name="image-lint", run=check_lint, is_fast=True),
    Check(name="image-build", run=check_build, is_fast=False),
)
