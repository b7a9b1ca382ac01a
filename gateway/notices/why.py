"""Why something was stopped, in words: the meaning of each reason, and what the checks saw.

Promises: findings are shown as the checks worded them, never more; a file's name is not repeated where the check left it out.
"""

from gateway.model.findings import Finding, Reason
from gateway.model.judgement import Ruling
from gateway.model.notice import NoticeContext
from gateway.notices import guidance
from gateway.notices.whom import may_name
from gateway.notices.wording import say
from gateway.notices.words import clean

FINDINGS_AT_MOST = 8
"""What a tired person takes in; the full list is in the disclosure record."""

_TYPES = {
    "docx": "a Word file",
    "doc": "a Word file",
    "xlsx": "an Excel file",
    "xls": "an Excel file",
    "pptx": "a PowerPoint file",
    "ppt": "a PowerPoint file",
    "pdf": "a PDF",
    "zip": "a zip file",
    "7z": "a 7z file",
}


def meanings(context: NoticeContext, ruling: Ruling) -> tuple[str, ...]:
    """Why, each thing once: in the words of the council's rule, which may name this recipient's domain; else in ours."""
    shipped = frozenset(reason.value for reason in Reason)
    named = may_name(context, ruling.destination.recipient.address)
    lines = []
    for because in ruling.because:
        if because.says and named:
            lines.append(clean(because.says))
        elif because.reason in shipped:
            lines.append(guidance.meaning(Reason(because.reason), context))
        else:
            # A council's own reason, whose words would give away whom it is about.
            lines.append(say(context, "why.own_rule"))
    return tuple(dict.fromkeys(lines))


def reasons(ruling: Ruling) -> tuple[Reason, ...]:
    """The shipped reasons among those of a ruling, each once; a council's own are left out."""
    shipped = {reason.value: reason for reason in Reason}
    return tuple(dict.fromkeys(shipped[because.reason] for because in ruling.because if because.reason in shipped))


def found(context: NoticeContext, ruling: Ruling) -> tuple[str, ...]:
    """What the checks saw, worded by them (never the value), with the place."""
    met = {(because.reason, because.where) for because in ruling.because}
    lines = {_placed(context, finding): None for finding in context.findings if (finding.reason.value, finding.where) in met}
    shown = tuple(lines)
    rest = len(shown) - FINDINGS_AT_MOST
    return (*shown[:FINDINGS_AT_MOST], f"and {rest} more like these") if rest > 0 else shown


def _placed(context: NoticeContext, finding: Finding) -> str:
    shown = clean(finding.shown)
    if finding.where in ("subject", "body"):
        place = "In the subject" if finding.where == "subject" else "In the text"
        return f"{place}: {shown}"
    part = finding.where.partition(":")[0]
    for number, attachment in enumerate(context.attachments, 1):
        if attachment.where == part:
            if clean(attachment.name) and clean(attachment.name) in shown:
                return shown
            # The name is not repeated where the check left it out: it may be what was found.
            return f"In file {number} ({_TYPES.get(attachment.type, 'a file')}): {shown}"
    return shown
