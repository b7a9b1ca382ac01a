"""Lists of people and domains: what an entry matches can be read off it."""

import pytest

from gateway.model.address import parse_mailbox
from gateway.policy.lists import AddressSet, address_set, entries_of
from gateway.policy.yaml_nodes import parse

LISTS = {
    "lists/webmail.txt": "# private\ngmail.com\n\nyahoo.co.uk # old\n",
    "lists/nhs.csv": "Domain,Organisation\nstgeorges.nhs.uk,St George's\nkingston.nhs.uk,Kingston\n",
    "lists/bad.txt": "gmail.com\nnot a domain\n",
}


def made(text: str) -> AddressSet:
    node = parse(text, "policy.yaml")
    found = address_set(node, LISTS, set())
    assert node.problems == ()
    return found


# the list, who is in it, who is not
MEMBERS = [
    ("[jo@borough.gov.uk]", ["jo@borough.gov.uk", "JO@Borough.gov.uk"], ["joe@borough.gov.uk", "jo@x.borough.gov.uk"]),
    ("[borough.gov.uk]", ["a@borough.gov.uk"], ["a@x.borough.gov.uk", "a@xborough.gov.uk", "a@borough.gov.uk.example"]),
    ("['*.borough.gov.uk']", ["a@x.borough.gov.uk"], ["a@borough.gov.uk", "a@xborough.gov.uk"]),
    ("['noreply-*@borough.gov.uk']", ["noreply-tax@borough.gov.uk"], ["noreply@borough.gov.uk", "noreply-tax@merton.gov.uk"]),
    ("['noreply-*@*']", ["noreply-tax@borough.gov.uk", "NoReply-x@a.example"], ["xnoreply-tax@borough.gov.uk"]),
    ("['scanner@*']", ["scanner@borough.gov.uk", "scanner@school.example"], ["scanner1@borough.gov.uk"]),
    ("['*']", ["anybody@anywhere.example"], []),
    ("[webmail.txt]", ["x@gmail.com", "x@yahoo.co.uk"], ["x@yahoo.com"]),
    ("[lists/nhs.csv]", ["x@stgeorges.nhs.uk", "x@kingston.nhs.uk"], ["x@nhs.uk"]),
    ("gmail.com", ["x@gmail.com"], ["x@mail.com"]),
    ("[]", [], ["x@gmail.com"]),
]


@pytest.mark.parametrize(("text", "inside", "outside"), MEMBERS)
def test_who_is_in_a_list(text: str, inside: list[str], outside: list[str]) -> None:
    found = made(text)
    assert [address for address in inside if not found.has(parse_mailbox(address))] == []
    assert [address for address in outside if found.has(parse_mailbox(address))] == []


def test_the_null_sender_is_only_in_everybodys_list() -> None:
    assert made("['*']").has(None)
    assert not made("[borough.gov.uk, 'noreply-*@*']").has(None)


def test_a_bad_line_of_a_list_file_is_told_in_that_file() -> None:
    node = parse("[bad.txt]", "policy.yaml")
    address_set(node, LISTS, set())
    (problem,) = node.problems
    assert (problem.file, problem.line, problem.code) == ("lists/bad.txt", 2, "policy.address")


def test_the_files_used_are_known_for_the_digest() -> None:
    used: set[str] = set()
    address_set(parse("[webmail.txt, gmail.com]", "policy.yaml"), LISTS, used)
    assert used == {"lists/webmail.txt"}


def test_a_csv_with_a_byte_order_mark_and_no_heading() -> None:
    assert [entry.text for entry in entries_of("a.csv", "\ufeffa.example,x\r\nb.example,y\r\n")] == ["a.example", "b.example"]
