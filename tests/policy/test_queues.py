"""Who reviews whose mail, and who stands in for a shared mailbox, as the policy writes it."""

from gateway.model.address import Address, parse_mailbox
from gateway.policy import load

LEGAL, JO, UNION = (parse_mailbox(f"{name}@borough.gov.uk") for name in ("legal", "jo.bell", "union"))
GROUPS = "  everyone: {}"
UNIONS = "  unions: {senders: [union@borough.gov.uk, legal@borough.gov.uk], reviewers: [union.lead@borough.gov.uk]}\n  everyone: {}"


def team(files: dict[str, str], *senders: Address) -> str:
    found = load(files).senders.team_of(senders)
    return found.name if found is not None else ""


def test_only_a_group_with_reviewers_is_a_queue_of_its_own(files: dict[str, str]) -> None:
    assert team(files, JO) == ""
    assert team(files, LEGAL) == "legal"
    assert team(files) == ""


def test_of_several_such_groups_the_first_one_written_counts(files: dict[str, str]) -> None:
    files["policy.yaml"] = files["policy.yaml"].replace(GROUPS, UNIONS)
    assert team(files, UNION) == "unions"
    assert team(files, LEGAL) == "legal"
    assert team(files, UNION, LEGAL) == team(files, LEGAL, UNION) == "legal"


def test_one_privileged_sender_of_several_is_enough(files: dict[str, str]) -> None:
    assert team(files, JO, LEGAL) == "legal"


def test_delegates_are_read_whatever_the_case(files: dict[str, str]) -> None:
    files["policy.yaml"] = files["policy.yaml"].replace("mash@borough.gov.uk: [jo.bell@", "MASH@borough.gov.uk: [Jo.Bell@")
    assert load(files).delegates["mash@borough.gov.uk"] == {"jo.bell@borough.gov.uk", "sam.lee@borough.gov.uk"}


def test_four_eyes_are_needed_unless_an_organisation_says_otherwise(files: dict[str, str]) -> None:
    assert all(one.four_eyes for one in load(files).organisations)
    files["organisations.yaml"] = files["organisations.yaml"].replace(
        "    cjsm_member: true", "    cjsm_member: true\n    four_eyes: false", 1
    )
    assert [one.key for one in load(files).organisations if not one.four_eyes] == ["borough"]
