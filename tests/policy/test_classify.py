"""Where each recipient is: the guidance's examples, the vectors of threats.md B, own and foreign senders."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.address import Address, AddressError, parse_mailbox, parse_recipient
from gateway.model.envelope import Recipient
from gateway.model.findings import Reason
from gateway.model.judgement import Path, Tls
from gateway.policy import Origin, Policy, PolicyErrors, classify, load, origin_at_word, origin_of
from tests.policy.conftest import place, recipient, shipped

BOROUGH, MERTON, SCHOOL = "jo.bell@borough.gov.uk", "colleague.three@merton.gov.uk", "office@oakfield.borough.sch.uk"

# sender, recipient, path, deliver_to ('' as written): each line is a sentence of the guidance.
GUIDANCE = [
    # C1, C2: inside one organisation or platform
    ("colleague.one@nhs.net", "colleague.two@nhs.net", Path.INTERNAL, ""),
    (MERTON, "colleague.four@merton.gov.uk", Path.INTERNAL, ""),
    ("a@met.pnn.police.uk", "b@met.pnn.police.uk", Path.INTERNAL, ""),
    (BOROUGH, "sam@borough.gov.uk", Path.INTERNAL, ""),
    (SCHOOL, "head@oakfield.borough.sch.uk", Path.INTERNAL, ""),
    # C3: NHS, police and central government are one secure community
    ("colleague.five@met.pnn.police.uk", "colleague.one@nhs.net", Path.SECURE, ""),
    ("colleague.one@nhs.net", "colleague.five@met.pnn.police.uk", Path.SECURE, ""),
    ("colleague.one@nhs.net", "younglondonmatters@gol.gsi.gov.uk", Path.SECURE, ""),
    ("a@met.pnn.police.uk", "b@essex.pnn.police.uk", Path.SECURE, ""),
    # C4: between that community and a local authority it is not, in either direction
    ("colleague.one@nhs.net", "colleague.four@merton.gov.uk", Path.INSECURE, ""),
    (MERTON, "colleague.one@nhs.net", Path.INSECURE, ""),
    ("colleague.one@nhs.net", "jo.bell@borough.gov.uk", Path.INSECURE, ""),
    # C5: another local authority
    (BOROUGH, "colleague.four@merton.gov.uk", Path.INSECURE, ""),
    (MERTON, "jo.bell@borough.gov.uk", Path.INSECURE, ""),
    (BOROUGH, "dan.lee@croydon.gov.uk", Path.INSECURE, ""),
    # C8, C9, C16: the four suffix rows
    (BOROUGH, "Joe.Bloggs@nhs.net", Path.BRIDGE, "Joe.Bloggs@nhs.net.cjasm.net"),
    (BOROUGH, "a@met.pnn.police.uk", Path.BRIDGE, "a@met.pnn.police.uk.cjasm.net"),
    (BOROUGH, "a@gsi.gov.uk", Path.BRIDGE, "a@gsi.gov.uk.cjasm.net"),
    (BOROUGH, "a@gsx.gov.uk", Path.BRIDGE, "a@gsx.gov.uk.cjasm.net"),
    (BOROUGH, "younglondonmatters@gol.gsi.gov.uk", Path.BRIDGE, "younglondonmatters@gol.gsi.gov.uk.cjasm.net"),
    (BOROUGH, "a@hackney.gsx.gov.uk", Path.BRIDGE, "a@hackney.gsx.gov.uk.cjasm.net"),
    # the row of met.pnn.police.uk is exact (walk 29)
    (BOROUGH, "b@essex.pnn.police.uk", Path.INSECURE, ""),
    # C10, C11: not any .gov.uk address
    (BOROUGH, "a@authority.gov.uk", Path.INSECURE, ""),
    (BOROUGH, "a@authority.gov.uk.cjasm.net", Path.INSECURE, ""),
    # C12: only senders with a CJSM address
    (SCHOOL, "nurse@nhs.net", Path.INSECURE, ""),
    (SCHOOL, "nurse@nhs.net.cjasm.net", Path.BRIDGE, ""),
    (MERTON, "nurse@nhs.net.cjasm.net", Path.BRIDGE, ""),
    # typed by hand: kept as it is, never doubled
    (BOROUGH, "sam.reid@nhs.net.cjasm.net", Path.BRIDGE, ""),
    (BOROUGH, "sam.reid@nhs.net.cjasm.net.cjasm.net", Path.INSECURE, ""),
    (BOROUGH, "sam.reid@cjasm.net", Path.INSECURE, ""),
    # private mail
    (BOROUGH, "rita.k1964@gmail.com", Path.INSECURE, ""),
    # foreign mail to us is inbound, to others an outsider's
    ("x@gmail.com", "jo.bell@borough.gov.uk", Path.INBOUND, ""),
    ("x@gmail.com", "b@nhs.net", Path.INSECURE, ""),
    ("x@gmail.com", "x@gmail.com", Path.INSECURE, ""),
    ("x@gmail.com", "b@nhs.net.cjasm.net", Path.INSECURE, ""),
    # the twin suffix and listed look-alikes
    (BOROUGH, "sam.reid@nhs.net.cjsm.net", Path.REFUSED, ""),
    (BOROUGH, "sam.reid@cjsm.net", Path.REFUSED, ""),
    ("x@gmail.com", "sam.reid@nhs.net.cjsm.net", Path.REFUSED, ""),
    (BOROUGH, "sam.reid@nhs.nett", Path.REFUSED, ""),
    (BOROUGH, "sam.reid@nsh.net", Path.REFUSED, ""),
    (BOROUGH, "sam.reid@nhs.net.cjams.net", Path.REFUSED, ""),
]


@pytest.mark.parametrize(("sender", "to", "path", "deliver_to"), GUIDANCE, ids=[f"{row[0]}->{row[1]}" for row in GUIDANCE])
def test_the_table_of_2009_says_what_the_guidance_says(sender: str, to: str, path: Path, deliver_to: str) -> None:
    destination = place(shipped(), sender, to)
    assert (destination.path, str(destination.deliver_to)) == (path, deliver_to or to)
    assert destination.row


MODERN = [
    (BOROUGH, "dan.lee@croydon.gov.uk", Path.ASSURED, ""),
    (BOROUGH, "sam.reid@nhs.net", Path.ASSURED, ""),
    (SCHOOL, "sam.reid@nhs.net", Path.ASSURED, ""),
    (BOROUGH, "a@met.police.uk", Path.ASSURED, ""),
    (BOROUGH, "reception@e84012.nhs.uk", Path.INSECURE, ""),
    (BOROUGH, "sam.reid@nhs.net.cjsm.net", Path.BRIDGE, ""),
    (BOROUGH, "a@gol.gsi.gov.uk", Path.RETIRED, ""),
    (BOROUGH, "a@gol.gsi.gov.uk.cjsm.net", Path.RETIRED, ""),
    (BOROUGH, "a@met.pnn.police.uk", Path.RETIRED, ""),
    (BOROUGH, "a@nhs.net.cjasm.net", Path.REFUSED, ""),
    (BOROUGH, "sam@borough.gov.uk", Path.INTERNAL, ""),
    ("x@gmail.com", "dan.lee@croydon.gov.uk", Path.INSECURE, ""),
    (BOROUGH, "rita.k1964@gmail.com", Path.INSECURE, ""),
    (BOROUGH, "a@gov.uk.evil.example", Path.INSECURE, ""),
    # a known sender is judged by the matrix, whoever it is
    ("dan.lee@croydon.gov.uk", "sam.reid@nhs.net", Path.ASSURED, ""),
    ("dan.lee@croydon.gov.uk", "jo.bell@borough.gov.uk", Path.ASSURED, ""),
    ("sam.reid@nhs.net", "sam@nhs.net", Path.INTERNAL, ""),
    ("sam.reid@nhs.net", "dee.dunn@gmail.com", Path.INSECURE, ""),
    ("x@gmail.com", "jo.bell@borough.gov.uk", Path.INBOUND, ""),
]


@pytest.mark.parametrize(("sender", "to", "path", "deliver_to"), MODERN, ids=[f"{row[0]}->{row[1]}" for row in MODERN])
def test_the_modern_table_reaches_government_by_verified_tls(sender: str, to: str, path: Path, deliver_to: str) -> None:
    destination = place(shipped("uk-modern"), sender, to)
    assert (destination.path, str(destination.deliver_to)) == (path, deliver_to or to)


def test_assured_needs_a_route_that_really_verifies() -> None:
    policy = shipped("uk-modern")
    origin = origin_at_word(policy, parse_mailbox(BOROUGH))
    croydon, nhs = classify(policy, origin, [recipient("dan@croydon.gov.uk"), recipient("sam@nhs.net")], assuring=frozenset())
    assert croydon.path is Path.INSECURE
    assert "the route 'default' does not verify" in croydon.row
    assert (nhs.path, str(nhs.deliver_to)) == (Path.BRIDGE, "sam@nhs.net.cjsm.net")
    (croydon,) = classify(policy, origin, [recipient("dan@croydon.gov.uk")], assuring={"default"})
    assert (croydon.path, croydon.minimum_tls) == (Path.ASSURED, Tls.VERIFY)


def test_accredited_organisations_come_from_the_list_that_the_nhs_publishes(files: dict[str, str]) -> None:
    files["lists/dcb1596.csv"] = "Domain,Organisation,Date\r\nstgeorges.nhs.uk,St George's,01/02/2026\r\nKingston.NHS.uk,Kingston,\r\n"
    table = files["tables/uk-modern.yaml"]
    files["tables/uk-modern.yaml"] = table.replace("assured:\n", "assured:\n  lists: [dcb1596.csv]\n")
    policy = load(files, table="uk-modern")
    listed = place(policy, BOROUGH, "ward@kingston.nhs.uk")
    assert (listed.path, listed.row.partition("(")[2]) == (Path.ASSURED, "lists/dcb1596.csv:3)")
    assert place(policy, BOROUGH, "ward@x.kingston.nhs.uk").path is Path.INSECURE
    assert place(policy, BOROUGH, "reception@e84012.nhs.uk").path is Path.INSECURE
    files["lists/dcb1596.csv"] += "not a domain,x\r\n"
    with pytest.raises(PolicyErrors, match=r"lists/dcb1596.csv:4:1: error: 'not a domain' is not a domain"):
        load(files, table="uk-modern")


# Domains that look like a secure one and are not (threats B01-B12, B26, B27).
LOOK_ALIKE_DOMAINS = [
    "nhs.net.evil.example",
    "evilnhs.net",
    "nhs.net-evil.example",
    "nhs.net.cjasm.net.evil.example",
    "cjasm.net.evil",
    "nhs.n\u00e9t",
    "xn--nhs-cja.net",
    "\u043dhs.net",
    "nhs.uk",
    "nhs.scot",
    "gsi.gov.uk.com",
    "gov.uk",
    "police.uk",
    "pnn.police.uk",
    "notpnn.police.uk",
    "notgsi.gov.uk",
    "x.nhs.net",
    "x.met.pnn.police.uk",
    "merton.gov.uk.evil",
    "merton-gov.uk",
    "borough.gov.uk.evil.example",
    "x.borough.gov.uk",
    "xborough.gov.uk",
    "nhs.net.xcjasm.net",
    "xcjasm.net",
]


@pytest.mark.parametrize("domain", LOOK_ALIKE_DOMAINS)
def test_what_only_looks_like_a_secure_domain_is_insecure(domain: str) -> None:
    destination = place(shipped(), BOROUGH, f"bob@{domain}")
    assert (destination.path, str(destination.deliver_to)) == (Path.INSECURE, f"bob@{domain}")


# What is no address that we carry (threats B09-B25): refused in the session, so never classified.
NOT_ADDRESSES = [
    "bob@\uff4ehs.net",
    "bob@nhs\u3002net",
    "bob@nhs\u200b.net",
    "bob@nhs\u00ad.net",
    "bob@nhs.net\0.evil.example",
    "bob@nhs.net\x7f",
    "bob@nhs.net@evil.example",
    '"bob@nhs.net"@evil.example',
    "bob%nhs.net@evil.example",
    "evil.example!bob@nhs.net",
    "<@evil.example:bob@nhs.net>",
    "@nhs.net,@x:bob@evil2.example",
    "bob(nhs.net)@evil.example",
    "bob@evil.example(@nhs.net)",
    "=?utf-8?q?bob=40evil.example=3E?=@nhs.net",
    "bob@=?utf-8?q?nhs.net?=",
    "bob@[127.0.0.1]",
    "bob@[IPv6:::1]",
    "bob@nhs.net,carol@evil.example",
    "bob@nhs.net.",
    "bob@nhs..net",
]


@pytest.mark.parametrize("text", NOT_ADDRESSES)
def test_what_is_no_address_never_reaches_classification(text: str) -> None:
    with pytest.raises(AddressError):
        parse_recipient(text)


# Written differently, the same place (threats B30-B35).
SAME_PLACE = [
    ("Sam.Reid@NHS.NET", "Sam.Reid@NHS.NET.cjasm.net"),
    ("a@GOL.gsi.Gov.Uk", "a@GOL.gsi.Gov.Uk.cjasm.net"),
    ('"a b"@nhs.net', '"a b"@nhs.net.cjasm.net'),
    ("a+case=7@nhs.net", "a+case=7@nhs.net.cjasm.net"),
    ("x" * 64 + "@nhs.net", "x" * 64 + "@nhs.net.cjasm.net"),
    ("a@NHS.net.CJASM.net", "a@NHS.net.CJASM.net"),
]


@pytest.mark.parametrize(("to", "deliver_to"), SAME_PLACE)
def test_the_suffix_is_appended_once_and_the_rest_kept_as_written(to: str, deliver_to: str) -> None:
    destination = place(shipped(), BOROUGH, to)
    assert (destination.path, str(destination.deliver_to)) == (Path.BRIDGE, deliver_to)
    assert (destination.route, destination.minimum_tls, destination.community) == ("cjsm", Tls.VERIFY, destination.community)


def test_an_address_that_the_suffix_would_make_too_long_is_held_and_never_cut() -> None:
    label = "x" * 60
    domain = f"{label}.{label}.{label}.gsi.gov.uk"
    to = "a" * (254 - 1 - len(domain)) + "@" + domain
    destination = place(shipped(), BOROUGH, to)
    assert (destination.path, str(destination.deliver_to)) == (Path.INSECURE, to)
    assert destination.reasons == (Reason.RECIPIENT_TOO_LONG,)


def test_what_to_use_instead_is_said() -> None:
    modern = shipped("uk-modern")
    assert place(shipped(), BOROUGH, "sam.reid@nsh.net").suggestion == "sam.reid@nhs.net"
    assert place(shipped(), BOROUGH, "sam.reid@nhs.net.cjsm.net").suggestion == "sam.reid@nhs.net"
    assert place(modern, BOROUGH, "a@gol.gsi.gov.uk").suggestion == "a@gol.gov.uk"
    assert place(modern, BOROUGH, "a@met.pnn.police.uk.cjsm.net").suggestion == "a@met.police.uk"
    assert place(shipped(), SCHOOL, "nurse@nhs.net.cjasm.net").suggestion == "nurse@nhs.net"


def test_reasons_of_the_address_itself() -> None:
    assert place(shipped(), SCHOOL, "nurse@nhs.net.cjasm.net").reasons == (Reason.CJSM_SENDER_NOT_MEMBER,)
    assert place(shipped(), SCHOOL, "nurse@nhs.net").reasons == ()
    assert place(shipped(), BOROUGH, "a@authority.gov.uk.cjasm.net").reasons == (Reason.RECIPIENT_UNREGISTERED,)
    assert place(shipped(), BOROUGH, "a@nhs.net.cjsm.net").reasons == (Reason.RECIPIENT_TWIN_SUFFIX,)
    assert place(shipped(), BOROUGH, "a@nhs.nett").reasons == (Reason.RECIPIENT_LOOKALIKE,)
    assert place(shipped("uk-modern"), BOROUGH, "a@x.gsi.gov.uk").reasons == (Reason.RECIPIENT_RETIRED,)


# connection, MAIL FROM, header From fields -> whose mail it is (contract, *Own sender*; threats B47)
ORIGINS = [
    ("borough", BOROUGH, [BOROUGH], 1, "borough"),
    ("borough", BOROUGH, ["Mash@Borough.Gov.UK"], 1, "borough"),
    ("borough", None, [BOROUGH], 1, "borough"),
    ("borough", None, ["ward7@nhs.net"], 1, ""),
    ("borough", "ward7@nhs.net", ["ward7@nhs.net"], 1, ""),
    ("borough", BOROUGH, ["ward7@nhs.net"], 1, ""),
    ("borough", "ward7@nhs.net", [BOROUGH], 1, ""),
    ("borough", MERTON, [MERTON], 1, ""),
    ("merton", BOROUGH, [BOROUGH], 1, ""),
    ("merton", MERTON, [MERTON], 1, "merton"),
    ("borough", BOROUGH, [BOROUGH, MERTON], 1, ""),
    ("borough", BOROUGH, [BOROUGH, BOROUGH], 2, ""),
    ("borough", BOROUGH, [], 0, ""),
    ("borough", BOROUGH, ["not an address"], 1, ""),
    ("", BOROUGH, [BOROUGH], 1, ""),
    ("nobody", BOROUGH, [BOROUGH], 1, ""),
]


@pytest.mark.parametrize(("connection", "sender", "authors", "fields", "organisation"), ORIGINS)
def test_own_mail_needs_connection_envelope_and_header_to_agree(
    policy: Policy, connection: str, sender: str | None, authors: list[str], fields: int, organisation: str
) -> None:
    origin = origin_of(policy, parse_mailbox(sender) if sender else None, authors, fields, connection)
    assert (origin.organisation, origin.own) == (organisation, bool(organisation))


def test_a_single_organisation_owns_every_listed_connection(files: dict[str, str]) -> None:
    text = files["organisations.yaml"]
    files["organisations.yaml"] = text[: text.index("  merton:")]
    policy = load(files)
    assert origin_of(policy, parse_mailbox(BOROUGH), [BOROUGH], 1, "").organisation == "borough"


def test_foreign_mail_is_inbound_only_to_the_organisation_whose_server_hands_it_on(policy: Policy) -> None:
    origin = origin_of(policy, parse_mailbox("ward7@nhs.net"), ["ward7@nhs.net"], 1, "borough")
    ours, theirs, nhs = classify(policy, origin, [recipient(BOROUGH), recipient(MERTON), recipient("x@nhs.net")])
    assert [d.path for d in (ours, theirs, nhs)] == [Path.INBOUND, Path.INSECURE, Path.INSECURE]


def test_internal_mail_is_insecure_where_the_organisation_says_so(files: dict[str, str]) -> None:
    files["organisations.yaml"] = files["organisations.yaml"].replace("internal_secure: true", "internal_secure: false", 1)
    assert place(load(files), BOROUGH, "sam@borough.gov.uk").path is Path.INSECURE


def test_the_courts_are_secure_among_themselves_and_do_not_cross(files: dict[str, str]) -> None:
    """C2, C3: "the court service" is listed, and is not named among the three that may cross."""
    table = files["tables/annex4-2009.yaml"]
    courts = table.index("name: Court service")
    files["tables/annex4-2009.yaml"] = table[:courts] + table[courts:].replace(
        "domains: []", "domains: [{domain: hmcourts.example, subdomains: false}]", 1
    )
    policy = load(files)
    assert place(policy, "usher@hmcourts.example", "judge@hmcourts.example").path is Path.INTERNAL
    for other in ("colleague.one@nhs.net", "a@met.pnn.police.uk", "a@gsi.gov.uk", BOROUGH):
        assert place(policy, "usher@hmcourts.example", other).path is Path.INSECURE
        assert place(policy, other, "usher@hmcourts.example").path is Path.INSECURE


CARRIED = ["clerk@familylaw-llp.co.uk", "head@stmarys-academy.org.uk", "keyworker@ymca-east.org.uk", "dan.lee@croydon.gov.uk"]


@pytest.mark.parametrize("partner", CARRIED)
def test_cjsm_carries_mail_to_councils_education_and_charities_once_they_are_registered(files: dict[str, str], partner: str) -> None:
    """C7, C10."""
    assert place(load(files), BOROUGH, partner).path is Path.INSECURE
    files["registry.yaml"] += (
        f"\n  - domain: {partner.partition('@')[2]}\n    name: Partner\n    subdomains: false\n    verified_by: ig@borough.gov.uk\n"
        "    verified_on: 2026-11-02\n    review_by: 2027-11-02\n    evidence: Told by telephone\n"
    )
    found = place(load(files), BOROUGH, partner)
    assert (found.path, str(found.deliver_to)) == (Path.BRIDGE, f"{partner}.cjasm.net")


def test_a_registration_with_an_end_ends_by_itself_and_needs_a_date(files: dict[str, str]) -> None:
    files["registry.yaml"] = files["registry.yaml"].replace("name: NHSmail", "name: NHSmail\n    until: 2026-12-31")
    policy = load(files)
    origin = origin_at_word(policy, parse_mailbox(BOROUGH))

    def path(today: date | None) -> Path:
        return classify(policy, origin, [recipient("a@nhs.net")], today=today)[0].path

    assert path(date(2026, 12, 31)) is Path.BRIDGE
    assert path(date(2027, 1, 1)) is Path.INSECURE
    assert path(None) is Path.INSECURE


labels = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12).filter(lambda s: s[0] != "-" and s[-1] != "-")
tails = st.sampled_from(["nhs.net", "gsi.gov.uk", "borough.gov.uk", "cjasm.net", "nhs.net.cjasm.net", "com", "pnn.police.uk", "cjsm.net"])
domains = st.builds(lambda head, tail: ".".join([*head, tail]), st.lists(labels, max_size=3), tails)
origins = st.sampled_from([BOROUGH, MERTON, SCHOOL, "a@nhs.net", "x@gmail.com", "b@met.pnn.police.uk"])


@given(origins, domains)
def test_classification_is_total_and_delivers_only_to_the_address_written_or_suffixed(sender: str, domain: str) -> None:
    written = Recipient(Address("bob", domain))
    policy = shipped()
    (destination,) = classify(policy, origin_at_word(policy, parse_mailbox(sender)), [written])
    assert destination.recipient == written
    assert str(destination.deliver_to) in (f"bob@{domain}", f"bob@{domain}.cjasm.net")
    assert str(destination.deliver_to) == f"bob@{domain}" or destination.path is Path.BRIDGE


@given(labels, labels)
def test_an_unlisted_domain_is_never_secure(one: str, other: str) -> None:
    domain = f"{one}.{other}.example"
    for table in ("annex4-2009", "uk-modern"):
        assert not place(shipped(table), BOROUGH, f"bob@{domain}").is_secure


@given(st.lists(domains, min_size=1, max_size=5), origins)
def test_one_recipients_place_never_depends_on_anothers(names: list[str], sender: str) -> None:
    policy = shipped()
    origin = origin_at_word(policy, parse_mailbox(sender))
    written = [Recipient(Address("bob", name)) for name in names]
    alone = tuple(classify(policy, origin, [one])[0] for one in written)
    assert classify(policy, origin, written) == alone


def test_the_null_sender_at_its_word_is_nobody(policy: Policy) -> None:
    assert origin_at_word(policy, None) == Origin(None, own=False)
