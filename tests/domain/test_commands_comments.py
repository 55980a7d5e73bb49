import pytest

from domain.access import Role
from domain.commands.comments import (
    CreateComment,
    DeleteComment,
    UpdateComment,
    create_comment,
    delete_comment,
    update_comment,
)
from domain.errors import AlreadyExists, Forbidden, InvalidInput, NotFound, StaleVersion, UserError
from domain.events import ProjectEventKind
from tests.builders import World, new_id, told


async def test_a_comment_is_told_of_with_its_task(world: World) -> None:
    task = await world.add_task()
    comment = await world.add_comment(task, " *Why?*\n", by=Role.MEMBER)
    assert (comment.body, comment.author_id) == (" *Why?*\n", world.actor(Role.MEMBER))
    assert (comment.version, comment.edited_at) == (1, None)
    event = await world.last_event()
    assert event.kind is ProjectEventKind.COMMENT_CREATED
    assert (event.subject_id, event.task_id) == (comment.id, task.id)
    assert told(event) == {
        "taskId": (None, str(task.id)),
        "authorId": (None, str(world.actor(Role.MEMBER))),
        "body": (None, " *Why?*\n"),
    }


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("body", " \n", InvalidInput),
        ("body", "x" * 50_001, InvalidInput),
        ("body", "a\x00", InvalidInput),
        ("body", "\udc00", InvalidInput),
        ("task_id", new_id(), NotFound),
        ("parent_id", new_id(), NotFound),
    ],
)
async def test_a_bad_comment_is_refused_by_its_field(
    world: World, field: str, value: object, error: type[UserError]
) -> None:
    said = {"task_id": (await world.add_task()).id, "body": "Fine", field: value}
    with pytest.raises(error) as refusal:
        await world.run(create_comment, CreateComment(**said))  # type: ignore[arg-type]
    first, *rest = field.split("_")
    assert refusal.value.field == (first + "".join(word.title() for word in rest),)


async def test_an_answer_belongs_to_a_comment_on_the_same_task(world: World) -> None:
    one, other = await world.add_task(), await world.add_task()
    question = await world.add_comment(one)
    answer = await world.add_comment(one, parent=question)
    assert answer.parent_id == question.id
    with pytest.raises(NotFound) as refusal:
        await world.add_comment(other, parent=question)
    assert refusal.value.field == ("parentId",)


async def test_an_id_that_is_taken_is_refused(world: World) -> None:
    task = await world.add_task()
    comment = await world.add_comment(task)
    with pytest.raises(AlreadyExists) as refusal:
        await world.run(create_comment, CreateComment(id=comment.id, task_id=task.id, body="x"))
    assert refusal.value.field == ("id",)


async def test_an_edit_is_told_with_both_texts(world: World) -> None:
    comment = await world.add_comment(await world.add_task(), "Old", by=Role.MEMBER)
    edited = await world.do(
        update_comment,
        UpdateComment(comment_id=comment.id, body="New", expected_version=1),
        by=Role.MEMBER,
    )
    assert (edited.body, edited.edited_at, edited.version) == ("New", world.clock.now(), 2)
    event = await world.last_event()
    assert (event.kind, event.task_id) == (ProjectEventKind.COMMENT_UPDATED, comment.task_id)
    assert told(event)["body"] == ("Old", "New")
    assert set(told(event)) == {"body", "editedAt"}


async def test_an_edit_to_the_same_text_changes_nothing(world: World) -> None:
    comment = await world.add_comment(await world.add_task(), "Same")
    seq = await world.seq()
    outcome = await world.run(update_comment, UpdateComment(comment_id=comment.id, body="Same"))
    assert outcome.object == comment
    assert await world.seq() == seq


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
async def test_nobody_edits_what_another_wrote(world: World, role: Role) -> None:
    comment = await world.add_comment(await world.add_task(), by=Role.MEMBER)
    with pytest.raises(Forbidden, match="Only its author"):
        await world.run(update_comment, UpdateComment(comment_id=comment.id, body="x"), by=role)


async def test_a_member_removes_only_what_they_wrote_and_a_moderator_anything(
    world: World,
) -> None:
    task = await world.add_task()
    by_owner = await world.add_comment(task, by=Role.OWNER)
    by_member = await world.add_comment(task, by=Role.MEMBER)
    with pytest.raises(Forbidden):
        await world.run(delete_comment, DeleteComment(comment_id=by_owner.id), by=Role.MEMBER)
    own = await world.do(delete_comment, DeleteComment(comment_id=by_member.id), by=Role.MEMBER)
    other = await world.do(delete_comment, DeleteComment(comment_id=by_owner.id), by=Role.ADMIN)
    assert (own, other) == (by_member, by_owner)
    event = await world.last_event()
    assert (event.kind, event.subject_id) == (ProjectEventKind.COMMENT_DELETED, by_owner.id)
    assert event.task_id == task.id


async def test_answers_to_a_deleted_comment_stand_alone_each_with_an_event(world: World) -> None:
    task = await world.add_task()
    question = await world.add_comment(task)
    answer = await world.add_comment(task, "Because.", parent=question)
    deeper = await world.add_comment(task, "Really?", parent=answer)
    seq = await world.seq()
    await world.run(delete_comment, DeleteComment(comment_id=question.id))
    freed, deleted = await world.events(after=seq)
    assert (freed.kind, freed.subject_id) == (ProjectEventKind.COMMENT_UPDATED, answer.id)
    assert told(freed) == {"parentId": (str(question.id), None)}
    assert deleted.kind is ProjectEventKind.COMMENT_DELETED
    async with world.transaction() as work:
        kept = await work.comments.find(answer.id)
        assert kept is not None
        assert (kept.parent_id, kept.edited_at, kept.body) == (None, None, "Because.")
        assert await work.comments.find(deeper.id) == deeper


async def test_a_comment_of_another_version_is_left_alone(world: World) -> None:
    comment = await world.add_comment(await world.add_task())
    with pytest.raises(StaleVersion):
        await world.run(
            update_comment, UpdateComment(comment_id=comment.id, body="x", expected_version=2)
        )
    with pytest.raises(StaleVersion):
        await world.run(delete_comment, DeleteComment(comment_id=comment.id, expected_version=2))


async def test_an_unknown_comment_is_not_found(world: World) -> None:
    with pytest.raises(NotFound) as refusal:
        await world.run(update_comment, UpdateComment(comment_id=new_id(), body="x"))
    assert refusal.value.field == ("commentId",)
