"""Who looks at a held message and who decides about it: the reviewers of its sender's group where that has its own, else those of the
organisation.

Promises: nobody is asked to review, or releases, what they sent or may answer for (where the organisation asks for four eyes); who
reviews other mail neither sees this nor decides about it; whoever asks twice pages nobody twice.
"""

from collections.abc import Iterable
from datetime import datetime

from gateway.model.actions import NotPossible
from gateway.model.address import Address, AddressError, parse_mailbox
from gateway.model.judgement import Remedy
from gateway.model.records import Event
from gateway.model.store import Store
from gateway.model.stored import HeldMessage
from gateway.policy import Policy
from gateway.policy.senders import Group
from gateway.service import tell
from gateway.service.people import Actor

Queue = tuple[str, tuple[Address, ...]]
"""An organisation, with those who look at this part of its mail."""

# A message has a record for each step; a thousand steps would be one with a thousand wishes.
RECORDS_OF_ONE = 1_000


def team_of(policy: Policy, held: HeldMessage) -> Group | None:
    """The sender group whose reviewers alone see this, if there is one."""
    senders = (mailbox(text) for text in dict.fromkeys((held.sender, *held.requesters)))
    return policy.senders.team_of(address for address in senders if address is not None)


def reviewers_of(policy: Policy, held: HeldMessage) -> tuple[Address, ...]:
    """Those of its queue; of an organisation's the lead contact first."""
    team, organisation = team_of(policy, held), tell.organisation_of(policy, held.organisation)
    named = team.reviewers if team is not None else (organisation.lead_contact.email, *organisation.reviewers)
    return tuple(dict.fromkeys(address for address in map(mailbox, named) if address is not None))


def answers_for(policy: Policy, held: HeldMessage) -> frozenset[str]:
    """Who sent it, or may ask for a remedy in the sender's name (lower case)."""
    delegates = (policy.delegates.get(address, frozenset()) for address in held.requesters)
    return frozenset(held.requesters).union(*delegates)


def asked_to_look(policy: Policy, held: HeldMessage, *, everybody: bool) -> tuple[Address, ...]:
    """The first of its reviewers who may decide; all of them where it cannot wait, or where it is a queue of their own."""
    reviewers = reviewers_of(policy, held)
    if tell.organisation_of(policy, held.organisation).four_eyes:
        own = answers_for(policy, held)
        reviewers = tuple(address for address in reviewers if address.key not in own)
    return reviewers if everybody or team_of(policy, held) is not None else reviewers[:1]


def queues_of(policy: Policy, holds: Iterable[HeldMessage]) -> dict[Queue, list[HeldMessage]]:
    """Held messages by those who look at them: whoever gets a letter about one of a queue gets it about all."""
    queues: dict[Queue, list[HeldMessage]] = {}
    for held in holds:
        queues.setdefault((held.organisation, asked_to_look(policy, held, everybody=True)), []).append(held)
    return queues


def sees(policy: Policy, held: HeldMessage, who: Actor) -> bool:
    """Whether it is in this person's queue."""
    if who.account is not None:
        return account_sees(policy, held, who)
    if who.is_one_of(map(str, reviewers_of(policy, held))):
        return True
    # Without accounts whoever has the machine's command line may act on ordinary mail; never a reviewer of something else.
    return team_of(policy, held) is None and not who.is_one_of(all_reviewers(policy))


def account_sees(policy: Policy, held: HeldMessage, who: Actor) -> bool:
    account, team = who.account, team_of(policy, held)
    if account is None or account.organisation not in ("", held.organisation):
        return False
    groups = policy.senders.groups_of(mailbox(held.sender))
    if account.groups:
        return team.name in account.groups if team is not None else not groups.isdisjoint(account.groups)
    return team is None or who.is_one_of(team.reviewers)


def all_reviewers(policy: Policy) -> tuple[str, ...]:
    """Everybody whom the policy names as a reviewer of anything."""
    ours = (address for one in policy.organisations for address in (one.lead_contact.email, *one.reviewers) if address)
    return (*ours, *(address for group in policy.senders.groups for address in group.reviewers))


def refuse_stranger(policy: Policy, held: HeldMessage, who: Actor) -> None:
    """Raises NotPossible for whoever reviews other mail, or none."""
    if sees(policy, held, who):
        return
    names = " or ".join(map(str, reviewers_of(policy, held))) or "nobody"
    raise NotPossible(f"{who.name} does not review {held.id}: that is for {names}. Nothing was changed.")


def refuse_own(policy: Policy, held: HeldMessage, who: Actor) -> None:
    """Four eyes: whoever sent it, or may answer for it, does not release it (requirement H10)."""
    if tell.organisation_of(policy, held.organisation).four_eyes and who.may_be(answers_for(policy, held)):
        raise NotPossible(f"{who.name} sent {held.id}, or may answer for it: another person must release it. Nothing was changed.")


def refuse_claimed(held: HeldMessage, who: Actor, now: datetime) -> None:
    """While somebody looks at it the others leave it to them."""
    if held.claimed_until is not None and held.claimed_until > now and held.claimed_by != who.name:
        raise NotPossible(f"{held.claimed_by} looks at {held.id} until {held.claimed_until.astimezone():%H:%M}. Nothing was changed.")


def mailbox(text: str) -> Address | None:
    try:
        return parse_mailbox(text)
    except AddressError:
        return None


async def was_called(store: Store, held: HeldMessage) -> bool:
    """The reviewers were told already that this hold cannot wait."""
    records = await store.records(message=held.message, limit=RECORDS_OF_ONE)
    entries = (record.entry for record in records if record.entry.event is Event.ASKED)
    return any(entry.details.get("verb") == Remedy.URGENT.value and entry.details.get("hold") == held.id for entry in entries)
