"""What deciding costs: 200 rules of every kind and 5,000 registered partners. `python -m bench.bench_decide [--rounds 25]`

CPU time of classifying and deciding, for one recipient and for each of a hundred more. Goals (issue 6): 100 us for a message, 10 us for
each further recipient. `quiet`: nothing was found. `four findings`: a message that several rules stop.
"""

# ruff: noqa: T201 - a bench prints.
import argparse
import json
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gateway.model.address import parse_mailbox  # noqa: E402 - the project need not be installed
from gateway.model.envelope import Recipient  # noqa: E402
from gateway.model.findings import Attachment, Finding, Findings, Protection, Reason, State  # noqa: E402
from gateway.policy import Policy, classify, decide, load, origin_at_word  # noqa: E402

RULES, PARTNERS, FURTHER = 200, 5_000, 100
SENDER = "jo.bell@borough.gov.uk"
# What IT staff add in years: exceptions for one partner, for one team, for one kind of file. By turns, so that each kind is there.
KINDS = (
    "path: insecure, finding: {reason}, sender_group: practitioners, to: [x{n}.example]",
    "path: insecure, finding: {reason}, from: [team{n}@borough.gov.uk]",
    "path: insecure, to: [y{n}.example], attachments: {{any: {{type: [xlsx, csv], state: [none, openable]}}}}",
    "path: [bridge, secure], finding: {reason}, to: [z{n}.example, '*.z{n}.example']",
)
PARTNER = (
    "  - {{domain: partner{n}.example.org, subdomains: {below}, verified_by: me, verified_on: 2026-11-02, review_by: 2027-11-02,"
    " evidence: told}}\n"
)
QUIET = Findings()
BUSY = Findings(
    tuple(
        Finding(reason, "2", "something was found")
        for reason in (Reason.ATTACHMENT_UNPROTECTED, Reason.ATTACHMENT_PERSONAL, Reason.BODY_PERSONAL, Reason.SUBJECT_MARKED)
    ),
    (Attachment("2", "plan.docx", "docx", "application/octet-stream", Protection(State.NONE, None, None), 1_000, "0" * 64),),
)


def large_policy() -> Policy:
    """The shipped policy, grown to two hundred rules and five thousand partners."""
    folder = ROOT / "policies"
    files = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
    reasons = [reason.value for reason in Reason if not reason.value.startswith(("recip", "cjsm"))]
    more = RULES - len(load(files).rules.rules)
    files["rules/strict.yaml"] += "".join(map(_rule, range(more), (reasons * more)[:more]))
    files["registry.yaml"] += "".join(PARTNER.format(n=n, below="true" if n % 3 else "false") for n in range(PARTNERS))
    return load(files)


def _rule(number: int, reason: str) -> str:
    kind = KINDS[number % len(KINDS)]
    explained = "" if "{reason}" in kind else " reason: attachment.unprotected,"
    when = kind.format(n=number, reason=reason)
    return f"  - {{id: extra-{number}, says: More., when: {{{when}}},{explained} then: hold, remedies: [PROTECT]}}\n"


def cost_s(policy: Policy, findings: Findings, recipients: int, rounds: int) -> list[float]:
    """CPU seconds of deciding one message, of each round."""
    origin = origin_at_word(policy, parse_mailbox(SENDER))
    to = [Recipient(parse_mailbox(f"a{n}@b{n}.example")) for n in range(recipients)]
    repeats = max(5, 200 // recipients)
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(repeats):
            decide(policy, origin, classify(policy, origin, to), findings)
        spent.append((time.process_time() - began) / repeats)
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25)
    asked = parser.parse_args()
    policy = large_policy()
    for name, findings in (("quiet", QUIET), ("four findings", BUSY)):
        alone = cost_s(policy, findings, 1, asked.rounds)
        many = cost_s(policy, findings, 1 + FURTHER, asked.rounds)
        figures = {
            "message": name,
            "rules": len(policy.rules.rules),
            "one_us": round(min(alone) * 1e6, 1),
            "one_median_us": round(statistics.median(alone) * 1e6, 1),
            "further_us": round((min(many) - min(alone)) / FURTHER * 1e6, 2),
            "further_median_us": round((statistics.median(many) - statistics.median(alone)) / FURTHER * 1e6, 2),
        }
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
