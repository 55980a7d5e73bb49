from uuid import UUID

import pytest

from domain.errors import InvalidInput
from graph.identifiers import decode_id

_ID = UUID("936480fd-d619-f2d5-87d4-5a92b1aeeff2")


@pytest.mark.parametrize(
    "text",
    [str(_ID), str(_ID).upper(), _ID.hex, f"{{{_ID}}}", _ID.urn],
)
def test_an_id_is_read_in_every_form_that_python_takes(text: str) -> None:
    decoded = decode_id(text, "taskId")
    assert decoded == _ID
    assert hash(decoded) == hash(_ID)
    assert isinstance(decoded, UUID)


@pytest.mark.parametrize(
    "text", ["", "task-1", "x" * 32, "é" * 32, "\ud800" * 32, str(_ID)[:-1], str(_ID) + "0"]
)
def test_what_is_no_id_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        decode_id(text, "taskId")
    assert refused.value.field == ("taskId",)
