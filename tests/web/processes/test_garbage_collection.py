import gc
from collections.abc import Iterator

import pytest

from web.processes import garbage_collection


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    gc.enable()


def test_nothing_is_collected_while_it_is_held_off() -> None:
    with garbage_collection.held_off():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_made_meanwhile_is_never_looked_through() -> None:
    with garbage_collection.held_off():
        made = [object()]
    assert all(known is not made for known in gc.get_objects())


def test_it_is_held_off_no_longer_than_what_fails() -> None:
    with pytest.raises(ImportError), garbage_collection.held_off():
        raise ImportError
    assert gc.isenabled()


def test_a_process_that_has_started_collects_rarely_and_what_came_later() -> None:
    held = [object()]
    garbage_collection.settle()
    later = [object()]
    found = gc.get_objects()
    assert gc.get_threshold()[0] > 10_000
    assert any(known is later for known in found)
    assert all(known is not held for known in found)
