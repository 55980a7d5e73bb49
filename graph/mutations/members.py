"""Mutations of members."""

import strawberry

from domain.commands import members
from graph.inputs import members as inputs
from graph.loaders.people import MembershipByIdLoader
from graph.mutations.execution import (
    MutationPayload,
    deletion,
    mutation,
    payload_deleted_id,
    payload_object,
)
from graph.types.people import Membership


@strawberry.type(description="What `memberUpdate` led to.")
class MemberUpdatePayload(MutationPayload):
    """What `memberUpdate` led to."""

    membership: Membership | None = payload_object("The membership as it is now, or null on error.")


@strawberry.type(description="What `memberRemove` led to.")
class MemberRemovePayload(MutationPayload):
    """What `memberRemove` led to."""

    deleted_membership_id: strawberry.ID | None = payload_deleted_id(
        "The id of the membership that was; null on error."
    )


@strawberry.type
class MemberMutations:
    """Mutations of members."""

    member_update: MemberUpdatePayload = mutation(
        members.update_member,
        given=inputs.MemberUpdateInput,
        payload=MemberUpdatePayload,
        loader=MembershipByIdLoader,
        description="Give a member another role. Their open subscriptions are told to read "
        "the state again. For admins; for owners where an owner is concerned.",
    )
    member_remove: MemberRemovePayload = deletion(
        members.remove_member,
        given=inputs.MemberRemoveInput,
        payload=MemberRemovePayload,
        loader=MembershipByIdLoader,
        description="End a membership. Their open subscriptions end with FORBIDDEN. For admins, "
        "for owners where an owner is concerned, and for yourself.",
    )
