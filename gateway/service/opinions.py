"""Rulings on mail in which nothing was found, remembered: the same people write to the same people, and to rule costs 60 us each time.

Promises: exactly what `judge.rule` gives, which is pure: the same policy and the same question have the same answer. Memory is bounded.
"""

from collections.abc import Sequence

from gateway.model.envelope import Recipient
from gateway.model.findings import Findings
from gateway.model.judgement import Destination, Ruling
from gateway.model.message import Message
from gateway.policy import Origin, Policy
from gateway.service.judge import Judgement, Setting, rule

MOST = 4_096
"""Answers remembered: some 8 MB. Then it begins anew."""
FEW = 8
"""Recipients and addresses in To and Cc of a question worth remembering: a newsletter's would be asked once."""

Question = tuple[Origin, tuple[Recipient, ...], Findings]


class Opinions:
    """What one process ruled today, under the policy in force."""

    def __init__(self) -> None:
        self._policy: Policy | None = None
        self._setting: Setting | None = None
        self._known: dict[Question, tuple[tuple[Destination, ...], tuple[Ruling, ...]]] = {}

    def rule(
        self,
        policy: Policy,
        origin: Origin,
        recipients: tuple[Recipient, ...],
        message: Message,
        findings: Findings,
        setting: Setting,
        *,
        classified: Sequence[Destination] = (),
    ) -> Judgement:
        """As `judge.rule`; `message` has no say in it."""
        if is_particular(recipients, findings):
            return rule(policy, origin, recipients, message, findings, setting, classified=classified)
        if policy is not self._policy or setting is not self._setting or len(self._known) >= MOST:
            self._policy, self._setting, self._known = policy, setting, {}
        question = (origin, recipients, findings)
        known = self._known.get(question)
        if known is None:
            judged = rule(policy, origin, recipients, message, findings, setting, classified=classified)
            self._known[question] = judged.destinations, judged.rulings
            return judged
        return Judgement(message, findings, origin, *known, policy.digest)


def is_particular(recipients: Sequence[Recipient], findings: Findings) -> bool:
    """It will hardly be asked again, or would take much memory."""
    return bool(findings.items or findings.attachments or findings.about) or len(recipients) > FEW or len(findings.visible) > FEW
