"""YAML that keeps its positions and is asked what it should be, instead of guessing what it is.

    root = parse(text, "gateway.yaml")
    top = root.mapping("hostname", "listen", "limits")        # unknown and duplicate keys are problems
    hostname = top["hostname"].text()                         # required: a missing key is a problem
    workers = top["workers"].integer(default=1, least=1)      # optional: the default when the key is left out
    for point in top["listen"].items():                       # () when the key is left out
        ...
    for name, node in top["routes"].entries():                # a mapping whose keys are names
        tls = node.mapping("relay", "tls")["tls"].choice({"may": Tls.MAY, "verify": Tls.VERIFY}, default=Tls.MAY)
    if root.problems:                                         # everything that was wrong, each with file:line:column
        raise PolicyErrors(root.problems)

Promises: never a traceback, whatever the text; every getter returns a value of its type, so that reading goes on and
all problems come at once; no value is ever guessed: `no` is not false, `010` is not 8, `12:30` is not 750 (YAML 1.1).
On failure: a `Problem`. Text that is not YAML at all gives an empty node and one problem.
Anchors, aliases, merges and tags are refused: the first three are how a YAML bomb is built, the last how objects are.
"""

from typing import Any

import yaml

from gateway.policy.problems import Problem
from gateway.policy.yaml_values import NOTHING, Fields, Node, Raw, did_you_mean, guessed, nothing, short

__all__ = ["Fields", "Node", "did_you_mean", "parse"]

# A registry of 5,000 partners with evidence is under 1.5 MB; a person edits no file larger than that.
FILE_CHARS = 4_194_304
# Our deepest file nests 8 levels; 900 levels of '[' broke PyYAML's own composer with a RecursionError.
DEPTH = 24

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse(text: str, file: str, *, aliases: bool = False) -> Node:
    """Read one YAML document; see the top of this file.

    `aliases` allows &name and *name, as programs that write settings do: an alias is the same node again, never a copy, and
    typed reading goes down known keys only, so nothing multiplies.
    """
    found: list[Problem] = []
    root = Node(nothing(file), found, exists=False)
    if len(text) > FILE_CHARS:
        root.fail(f"the file is larger than {FILE_CHARS // 1_048_576} MB", "Move long lists into .txt or .csv files.", "yaml.size")
        return root
    try:
        raw = _build(text, file, found, {} if aliases else None)
    except yaml.YAMLError as error:
        _syntax(error, text, root)
        return root
    except (ValueError, RecursionError) as error:
        # Lone surrogates and the like, which the C scanner cannot encode.
        root.fail(f"the file is not text that YAML allows ({type(error).__name__})", "Save it as UTF-8.", "yaml.text")
        return root
    return Node(raw, found) if raw is not None else root


def _build(text: str, file: str, found: list[Problem], anchors: dict[str, Raw] | None) -> Raw | None:
    """Turn the parser's events into a tree without recursion; None when the document is empty or was given up."""
    stack: list[tuple[Raw, list[Raw]]] = []
    roots: list[Raw] = []
    documents = 0
    for event in yaml.parse(text, Loader=_PARSER):
        mark: Any = event.start_mark  # Always there for parsed events; the stubs allow for made ones.
        line, column = mark.line + 1, mark.column + 1
        here = Node(Raw(NOTHING, None, file, line, column), found)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                here.fail("a second document starts here", "Keep one document in a file: remove the line '---'.", "yaml.documents")
                break
            continue
        raw = _raw_of(event, here, anchors)
        if raw is not None:
            (stack[-1][1] if stack else roots).append(raw)
            if raw.kind != "scalar" and isinstance(event, yaml.CollectionStartEvent):
                stack.append((raw, []))
            if len(stack) > DEPTH:
                here.fail(f"values are nested more than {DEPTH} deep", code="yaml.depth")
                return None
        elif isinstance(event, yaml.CollectionEndEvent):
            done, children = stack.pop()
            done.value = children if done.kind == "list" else _paired(children, found)
    return roots[0] if roots else None


def _raw_of(event: yaml.Event, here: Node, anchors: dict[str, Raw] | None) -> Raw | None:
    """The value that an event begins, None for events that begin none. `anchors` None: aliases are refused."""
    raw = _begun(event, here, anchors)
    if raw is not None and anchors is not None and isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.anchor:
        anchors[event.anchor] = raw
    return raw


def _begun(event: yaml.Event, here: Node, anchors: dict[str, Raw] | None) -> Raw | None:
    at = (here.file, here.line, here.column)
    if isinstance(event, yaml.AliasEvent):
        known = (anchors or {}).get(event.anchor or "")
        if known is not None and (known.kind == "scalar" or known.value):
            # An alias inside its own anchor is still empty here, and refused: a loop.
            return known
        here.fail("aliases (*name) are not used here", "Write the value out.", "yaml.alias")
        return Raw(NOTHING, None, *at)
    if not isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)):
        return None
    if event.anchor and anchors is None:
        here.fail("anchors (&name) are not used here", "Remove the anchor and write the value out where it is needed.", "yaml.anchor")
    if event.tag is not None and event.tag != "!":
        here.fail("tags (!name) are not used here", "Remove the tag.", "yaml.tag")
    if not isinstance(event, yaml.ScalarEvent):
        return Raw("mapping" if isinstance(event, yaml.MappingStartEvent) else "list", [], *at)
    plain = event.style in (None, "")
    if plain and event.value in ("", "~", "null", "Null", "NULL"):
        return Raw(NOTHING, None, *at)
    return Raw("scalar", event.value, *at, plain)


def _paired(children: list[Raw], found: list[Problem]) -> list[tuple[str, Raw]]:
    """Keys with their values; keys that are no words, merges and duplicates are noted and left out."""
    pairs: dict[str, Raw] = {}
    for key, value in zip(children[::2], children[1::2], strict=True):
        at = Node(key, found)
        if key.kind != "scalar":
            at.fail("a key should be one word", code="yaml.key")
        elif key.plain and key.value == "<<":
            at.fail("merge keys (<<) are not used here", "Write the keys out.", "yaml.merge")
        elif key.value in pairs:
            at.fail(f"the key '{short(key.value)}' is written twice", "Keep one of the two.", "yaml.duplicate_key")
        elif key.plain and guessed(key.value):
            at.fail(f"the key '{short(key.value)}' could be read as something else than text", "Put it in quotes.", "yaml.quotes")
        else:
            value.key_at = (key.line, key.column)
            pairs[key.value] = value
    return list(pairs.items())


def _syntax(error: yaml.YAMLError, text: str, root: Node) -> None:
    """The scanner's complaint as a problem at its place."""
    mark = getattr(error, "problem_mark", None)
    words = getattr(error, "problem", None) or getattr(error, "reason", None) or "this cannot be read as YAML"
    line, column = (mark.line + 1, mark.column + 1) if mark else _place(text, getattr(error, "position", 0))
    remedy = "Check the indentation, the colons and the quotes around here."
    written = text.splitlines()[line - 1 : line]
    if written and "\t" in written[0]:
        remedy = "Indent with spaces: a tab stands in this line."
    Node(Raw(NOTHING, None, root.file, line, column), root.found).fail(f"this is not valid YAML: {words}", remedy, "yaml.syntax")


def _place(text: str, position: int) -> tuple[int, int]:
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
