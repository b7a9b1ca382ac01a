"""The files of one policy directory while they are read: which are there, which are used, and everything wrong in them.

Promises: a file that is cut off, empty or misnamed is a problem, never silently no part of the policy; the digest changes with any byte
of a file in force.
On failure nothing is raised: problems are gathered, so that all of them are told at once.
"""

import hashlib
from collections.abc import Mapping

from gateway.policy.problems import Problem
from gateway.policy.wording import FILE as WORDS
from gateway.policy.yaml_nodes import Node, did_you_mean, parse

MAIN, ORGANISATIONS, REGISTRY, WAIVERS = "policy.yaml", "organisations.yaml", "registry.yaml", "waivers.yaml"
TESTS = ".test.yaml"


class Reading:
    """The files of one policy while they are read, with everything wrong in them."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = {name.replace("\\", "/"): text for name, text in files.items()}
        self.lists = {name: text for name, text in self.files.items() if name.startswith("lists/")}
        self.problems: list[Problem] = []
        self.used: set[str] = set()
        self.roots: list[Node] = []

    def root(self, name: str, *, needed: bool = True) -> Node:
        text = self.files.get(name)
        if text is None:
            if needed:
                self.problems.append(Problem(name, 1, 1, "the file is missing", f"Write {name} in the policy folder.", code="policy.file"))
            return parse("{}", name)
        self.used.add(name)
        root = parse(text, name)
        if needed and not root.exists and not root.problems:
            root.fail("the file is empty", "Restore it.", "policy.empty")
        if text and not text.endswith("\n"):
            # An editor or a copy that was cut off must not switch rules off (threats K04).
            last = Problem(
                name, text.count("\n") + 1, 1, "the last line has no line end", "Was the file cut off? Else add one.", code="policy.cut_off"
            )
            self.problems.append(last)
        self.roots.append(root)
        return root

    def folder(self, folder: str) -> list[str]:
        return sorted(name for name in self.files if name.startswith(folder) and name.endswith(".yaml") and not name.endswith(TESTS))

    def unknown_files(self) -> None:
        """A misnamed file would silently be no part of the policy."""
        known = (MAIN, ORGANISATIONS, REGISTRY, WAIVERS, WORDS)
        for name in self.files:
            if name.endswith(".yaml") and not name.endswith(TESTS) and name not in known and not name.startswith(("tables/", "rules/")):
                self.problems.append(
                    Problem(name, 1, 1, "no part of a policy has this name", did_you_mean(name, known), code="policy.file_name")
                )

    def all_problems(self) -> tuple[Problem, ...]:
        return (*self.problems, *(problem for root in self.roots for problem in root.problems))

    def digest(self, used: set[str], choice: tuple[str, ...]) -> str:
        """Over the choice, and names and contents of the files in force, each with its length: no two sets give the same bytes."""
        digest = hashlib.sha256()
        for piece in (*choice, *(piece for name in sorted(used) for piece in (name, self.files[name]))):
            data = piece.encode("utf-8", "surrogatepass")
            digest.update(b"%d:" % len(data) + data)
        return f"sha256:{digest.hexdigest()}"
