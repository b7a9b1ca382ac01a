"""The detector in the shape that labelled sets are scored with: one text in, a dictionary out."""

from gateway.checks import inspect_text


def detect(text: str, channel: str) -> dict[str, object]:
    """`{confidential, score, people, entities: [[kind, start, end]]}` for a text of a channel."""
    verdict = inspect_text(text, channel)
    entities = [[span.kind, span.start, span.end] for span in verdict.findings]
    return {"confidential": verdict.confidential, "score": verdict.score, "people": verdict.people, "entities": entities}
