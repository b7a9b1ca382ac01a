"""Sixty ways to break a policy: each gives a position and a remedy, none crashes, none is applied (threats K01-K08)."""

import pytest

from gateway.policy import PolicyErrors, Problem, load

P, ORG, G, T, S, A, W = (
    "policy.yaml",
    "organisations.yaml",
    "registry.yaml",
    "tables/annex4-2009.yaml",
    "rules/strict.yaml",
    "rules/always.yaml",
    "waivers.yaml",
)
WAIVER = "waivers:\n  - {id: w, rules: [RULES], from: ['*'], to: ['*'], owner: me, reason: because, until: UNTIL}\n"

# file, what is replaced, by what ('' for both: the text is the whole file), code of the problem
BROKEN = [
    # the choice
    (P, "table: annex4-2009", "table: annex4-2008", "policy.chosen"),
    (P, "rules: strict", "rules: strickt", "policy.chosen"),
    (P, "rules: strict ", "rules: always ", "policy.chosen"),
    (P, "mode: enforce", "mode: enforced", "yaml.choice"),
    (P, "mode: enforce  ", "moode: enforce  ", "yaml.unknown_key"),
    (P, "mode: enforce  ", "# mode: enforce", "yaml.missing"),
    (P, "bounce_in_session: false", "bounce_in_session: no", "yaml.boolean"),
    (P, "bulk_people: 10 ", "bulk_people: 010 ", "yaml.number"),
    (P, "bulk_people: 10 ", "bulk_people: -1 ", "yaml.range"),
    (P, "never_personal: [never-personal.txt]", "never_personal: [never_personal.txt]", "policy.list_missing"),
    (P, "bulk_people: 10 ", "patterns: [{name: case, expression: '(a+)+b'}] ", "policy.pattern"),
    (P, "bulk_people: 10 ", "patterns: [{name: case, expression: '(x)\\1'}] ", "policy.pattern"),
    (P, "bulk_people: 10 ", "patterns: [{name: case, expression: '(?=x)x'}] ", "policy.pattern"),
    (P, "bulk_people: 10 ", "patterns: [{name: case, expression: 'a('}] ", "policy.pattern"),
    (P, "bulk_people: 10 ", "patterns: [{name: case, expression: 'a*'}] ", "policy.pattern"),
    (P, "except: [systems]", "except: [system]", "yaml.choice"),
    (P, "senders: [borough.gov.uk]", "senders: [borough]", "policy.address"),
    (P, "    senders: [borough.gov.uk]\n", "", "yaml.missing"),
    (P, 'unattended: ["scanner@*"', 'unattended: ["scan*ner@*"', "policy.address"),
    (P, "reviewers: [head.of.legal@borough.gov.uk]", "reviewers: [head.of.legal]", "policy.address"),
    (P, "reviewers: [head.of.legal@borough.gov.uk]", "reviewers: [legal@chambers.example]", "policy.reviewers"),
    (P, "mash@borough.gov.uk: [", "mash@gmail.com: [", "policy.delegates"),
    (P, "mash@borough.gov.uk: [", "mash: [", "policy.delegates"),
    (P, "[jo.bell@borough.gov.uk, sam", "[jo.bell@merton.gov.uk, sam", "policy.delegates"),
    (P, "", "", "policy.empty"),
    (P, "", "- a\n- b\n", "yaml.kind"),
    (P, "", "table: [\n", "yaml.syntax"),
    (P, "", "table: &a x\nrules: *a\n", "yaml.alias"),
    (P, "", "table: !!python/name:os.system x\n", "yaml.tag"),
    (P, "", "[" * 900, "yaml.depth"),
    (P, "", "table:\tx\n\trules: y\n", "yaml.syntax"),
    # organisations
    (ORG, "domains: [merton.gov.uk]", "domains: [borough.gov.uk]", "policy.domain_twice"),
    (ORG, "domains: [merton.gov.uk]", "domains: []", "policy.no_domain"),
    (ORG, "    domains: [merton.gov.uk]\n", "", "yaml.missing"),
    (ORG, "domains: [merton.gov.uk]", "domains: ['*.merton.gov.uk']", "policy.domain"),
    (ORG, "domains: [merton.gov.uk]", "domains: [merton]", "policy.domain"),
    (ORG, "domains: [merton.gov.uk]", "domains: [m\u00e9rton.gov.uk]", "policy.domain"),
    (ORG, "    internal_secure: true\n", "", "yaml.missing"),
    (ORG, "cjsm_member: true", "cjsm_member: yes", "yaml.boolean"),
    (ORG, "    cjsm_member: true\n", "    cjsm_member: true\n    cjsm_member: false\n", "yaml.duplicate_key"),
    (ORG, "lead_contact: {name: Sam Okafor, email: lead.contact@merton.gov.uk, ", "lead_contact: {name: Sam Okafor, ", ""),
    (ORG, "email: lead.contact@merton.gov.uk,", "email: lead.contact,", "policy.address"),
    (ORG, 'email: lead.contact@merton.gov.uk, phone: "020 7946 0200"', "", "policy.contact"),
    (ORG, "cjsm_member: true", "cjsm_member: true\n    four_eyes: 2", "yaml.boolean"),
    (ORG, "opens: 09:00", "opens: 9", "yaml.time"),
    (ORG, "opens: 09:00, closes: 17:00", "opens: 17:00, closes: 09:00", "policy.hours"),
    (ORG, "zone: Europe/London", "zone: Europe/Londin", "policy.zone"),
    (ORG, "days: [mon,", "days: [monday,", "yaml.choice"),
    (ORG, "closed: [2026-12-25", "closed: [2026-02-30", "yaml.date"),
    (ORG, 'out_of_hours_phone: "020 7946 0199"', "out_of_hours_phone: 0207946", "yaml.quotes"),
    (ORG, "", "organisations: {}\n", "policy.organisations"),
    # registry
    (G, "subdomains: false", "", "yaml.missing"),
    (G, "verified_on: 2026-11-02", "verified_on: 02/11/2026", "yaml.date"),
    (G, "review_by: 2027-11-02", "review_by: 2025-11-02", "policy.dates"),
    (G, '    evidence: "Guidance, table of suffixes: NHS (C8)"\n', "", "yaml.missing"),
    (G, "domain: met.pnn.police.uk", "domain: nhs.net", "policy.domain_twice"),
    # the table
    (T, "suffix: .cjasm.net", "suffix: cjasm.net", "policy.domain"),
    (T, "twins: [.cjsm.net]", "twins: [.cjasm.net]", "policy.twin"),
    (T, "{domain: nhs.net, subdomains: false}", "{domain: nhs.net}", "yaml.missing"),
    (T, "- [nhs, police, central]", "- [nhs, police, centrel]", "yaml.choice"),
    (T, "domain: gsx.gov.uk", "domain: gsi.gov.uk", "policy.domain_twice"),
    (T, "tls: verify", "tls: verified", "yaml.choice"),
    ("tables/uk-modern.yaml", "  route: default\n  tls: verify", "  route: default\n  tls: encrypt", "table.assured_tls"),
    (T, "table: annex4-2009", "table: annex4", "policy.name"),
    # rules
    (S, "finding: subject.personal", "finding: subject.personnel", "yaml.choice"),
    (S, "then: bounce", "then: reject", "yaml.choice"),
    (S, "    then: bounce\n", "", "yaml.missing"),
    (S, "id: subject-names-nobody", "id: Subject Names", "policy.id"),
    (S, "id: body-personal", "id: attachment-personal", "policy.id_twice"),
    (S, "id: body-personal", "id: password-with-file", "policy.id_twice"),
    (S, "when: {path: insecure, finding: body.personal}", "when: {finding: body.personal}", "policy.path"),
    (S, "when: {path: insecure, finding: body.personal}", "when: {path: unsecure, finding: body.personal}", "yaml.choice"),
    (S, "when: {path: insecure, finding: body.personal}", "when: {path: insecure}", "policy.reason"),
    (S, "    when: {path: insecure, finding: body.personal}\n", "", "yaml.missing"),
    (S, "finding: body.personal}", "findings: body.personal}", "yaml.unknown_key"),
    (S, "finding: body.personal}", "finding: body.personal, sender_group: practitioner}", "yaml.choice"),
    (S, "finding: body.personal}", "finding: body.personal, not: {finding: subject.personal}}", "yaml.unknown_key"),
    (S, "finding: body.personal}", "finding: body.personal, attachments: {state: none}}", "policy.quantifier"),
    (S, "finding: body.personal}", "finding: body.personal, to: [webmial.txt]}", "policy.list_missing"),
    (S, "finding: body.personal}", "finding: body.personal, not: {}}", "policy.empty_condition"),
    (S, "says: The message holds personal information.", "says: 'Ask {name}.'", "policy.placeholder"),
    (S, "remedies: [change_subject]", "remedies: [change_the_subject]", "yaml.choice"),
    (S, "nothing_matched: deliver", "# nothing", "policy.nothing_matched"),
    (S, "includes: [always]", "includes: [allways]", "policy.includes"),
    (S, "includes: [always]", "includes: []", "policy.always_stopped"),
    (A, "finding: recipient.retired", "finding: recipient.lookalike", "policy.always_stopped"),
    (
        A,
        "when: {path: refused, finding: recipient.twin_suffix}\n    then: bounce",
        "when: {path: refused, finding: recipient.twin_suffix}\n    then: deliver",
        "policy.always_stopped",
    ),
    # exceptions
    (W, "", WAIVER.replace("RULES", "no-such-rule").replace("UNTIL", "2027-01-01"), "yaml.choice"),
    (W, "", WAIVER.replace("RULES", "not-our-suffix").replace("UNTIL", "2027-01-01"), "yaml.choice"),
    (W, "", WAIVER.replace("RULES", "body-personal").replace("until: UNTIL", "x: 1"), "policy.until"),
    (W, "", WAIVER.replace("RULES", "body-personal").replace("UNTIL", "soon"), "yaml.date"),
    (W, "", "public_files:\n  - {sha256: abc, name: x, owner: me, reason: y, until: 2027-01-01}\n", "policy.sha256"),
]
BROKEN = [row for row in BROKEN if row[3]]


def broken(files: dict[str, str], file: str, old: str, new: str) -> tuple[Problem, ...]:
    """The problems of the shipped policy with one edit."""
    assert old in files[file], f"the edit fits {file} no more"
    files[file] = files[file].replace(old, new, 1) if old else new
    with pytest.raises(PolicyErrors) as raised:
        load(files)
    return raised.value.problems


@pytest.mark.parametrize(("file", "old", "new", "code"), BROKEN, ids=[f"{row[3]}-{n}" for n, row in enumerate(BROKEN)])
def test_a_broken_policy_is_refused_with_a_place_and_a_remedy(files: dict[str, str], file: str, old: str, new: str, code: str) -> None:
    before = files[file]
    problems = broken(files, file, old, new)
    found = next((problem for problem in problems if problem.code == code), None)
    assert found is not None, "\n".join(map(str, problems))
    assert found.line >= 1
    assert found.column >= 1
    assert found.words
    if (
        old
        and new
        and "\n" not in old
        and code not in ("policy.always_stopped", "policy.nothing_matched", "yaml.missing", "policy.id_twice", "policy.domain_twice")
    ):
        at = before.count("\n", 0, before.index(old)) + 1
        assert abs(found.line - at) <= 3, f"{found} is told far from line {at}"


def test_there_are_sixty_and_more() -> None:
    assert len(BROKEN) >= 60


def test_everything_wrong_in_every_file_comes_at_once(files: dict[str, str]) -> None:
    files[P] = files[P].replace("mode: enforce", "mode: force")
    files[S] = files[S].replace("then: bounce", "then: reject")
    files["tables/uk-modern.yaml"] = files["tables/uk-modern.yaml"].replace("tls: verify", "tls: tight")
    problems = broken(files, ORG, "cjsm_member: true", "cjsm_member: maybe")
    assert {problem.file for problem in problems} == {P, S, ORG, "tables/uk-modern.yaml"}


@pytest.mark.parametrize("file", [P, ORG])
def test_a_missing_file_is_told(files: dict[str, str], file: str) -> None:
    del files[file]
    with pytest.raises(PolicyErrors, match=f"{file}:1:1: error: the file is missing"):
        load(files)


def test_a_file_that_an_editor_cut_off_is_not_applied(files: dict[str, str]) -> None:
    for file in (P, ORG, T, S, A):
        for cut in (0, len(files[file]) // 3, len(files[file]) // 2):
            changed = {**files, file: files[file][:cut]}
            with pytest.raises(PolicyErrors):
                load(changed)


def test_a_misnamed_file_is_no_silent_nothing(files: dict[str, str]) -> None:
    files["waiver.yaml"] = files.pop(W)
    with pytest.raises(PolicyErrors, match=r"no part of a policy has this name.*Did you mean 'waivers.yaml'"):
        load(files)


def test_an_empty_registry_makes_nobody_reachable_by_the_bridge(files: dict[str, str]) -> None:
    from gateway.model.judgement import Path
    from tests.policy.conftest import place

    del files[G]
    assert place(load(files), "jo.bell@borough.gov.uk", "sam@nhs.net").path is Path.INSECURE


def test_the_digest_follows_the_files_in_force_and_nothing_else(files: dict[str, str]) -> None:
    digest = load(files).digest
    assert digest.startswith("sha256:")
    assert load(dict(reversed(files.items()))).digest == digest
    assert load({**files, "walks.test.yaml": "cases: []"}).digest == digest
    assert load({**files, "tables/uk-modern.yaml": files["tables/uk-modern.yaml"] + "# more\n"}).digest == digest
    assert load({**files, S: files[S] + "# more\n"}).digest != digest
    assert load({**files, G: files[G] + "# more\n"}).digest != digest
    assert load({**files, "lists/staff-names.txt": "Somebody Else\n"}).digest != digest
    assert load(files, mode="observe").digest != digest
