"""Checks with every outcome there is."""

import os
from threading import Event
from typing import Final

from infra.deploy.verify.check import Check, Outcome
from infra.deploy.verify.programs import get_tool


def _pass() -> Outcome:
    return Outcome(status="passed", detail="all is well")


def _fail() -> Outcome:
    return Outcome(status="failed", detail="line 3 is wrong\nand line 4")


def _raise() -> Outcome:
    raise ValueError("a fault of the check itself")


def _skip() -> Outcome:
    return Outcome(status="passed", detail=get_tool("taskwire-no-such-program"))


def _hang() -> Outcome:
    Event().wait()
    return Outcome(status="passed", detail="never reached")


def _vanish() -> Outcome:
    os._exit(7)


CHECKS: Final = (
    Check(name="slow", run=_pass, is_fast=False),
    Check(name="passing", run=_pass, is_fast=True),
    Check(name="failing", run=_fail, is_fast=True),
    Check(name="raising", run=_raise, is_fast=True),
    Check(name="skipping", run=_skip, is_fast=True),
    Check(name="hanging", run=_hang, is_fast=False),
    Check(name="vanishing", run=_vanish, is_fast=False),
)
