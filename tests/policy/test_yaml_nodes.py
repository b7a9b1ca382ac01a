"""Reading YAML with positions: nothing is guessed, nothing explodes, everything wrong is told at once."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.yaml_nodes import Node, parse


def codes(node: Node) -> list[str]:
    return [problem.code for problem in node.problems]


# Each text is refused with this code at this line and column (reference: threats.md K01, K02).
REFUSED = [
    ("a: &x [1]", "yaml.anchor", 1, 4),
    ("a: 1\nb: *x", "yaml.alias", 2, 4),
    ("a: !!python/object/apply:os.system [ls]", "yaml.tag", 1, 4),
    ("a: !local x", "yaml.tag", 1, 4),
    ("<<: {a: 1}", "yaml.merge", 1, 1),
    ("a: 1\n\tb: 2", "yaml.syntax", 2, 1),
    ("a: 1\na: 2", "yaml.duplicate_key", 2, 1),
    ("no: 1", "yaml.quotes", 1, 1),
    ("? [a]\n: b", "yaml.key", 1, 3),
    ("a: 1\n---\nb: 2", "yaml.documents", 2, 1),
    ("a: \x00", "yaml.syntax", 1, 4),
    ("a: \ud800", "yaml.text", 1, 1),
    ('a: "never closed', "yaml.syntax", 1, 17),
    ("[" * 900, "yaml.depth", 1, 25),
    ("{" * 100_000, "yaml.depth", 1, 25),
    ("- " * 5_000, "yaml.depth", 1, 49),
    ("a" * 4_194_305, "yaml.size", 1, 1),
]


@pytest.mark.parametrize(("text", "code", "line", "column"), REFUSED, ids=[f"{r[1]}-{n}" for n, r in enumerate(REFUSED)])
def test_what_yaml_allows_and_we_do_not_is_refused_at_its_place(text: str, code: str, line: int, column: int) -> None:
    problem = parse(text, "policy.yaml").problems[0]
    assert (problem.file, problem.code, problem.line, problem.column) == ("policy.yaml", code, line, column)


def test_a_billion_laughs_costs_nothing() -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 10))
    root = parse("l0: &l0 lol\n" + levels, "policy.yaml")
    assert set(codes(root)) == {"yaml.anchor", "yaml.alias"}


# Values that readers of YAML disagree about, each with the getter that meets it.
GUESSES = [
    ("x: no", lambda node: node.boolean(), "yaml.boolean"),
    ("x: off", lambda node: node.boolean(), "yaml.boolean"),
    ('x: "true"', lambda node: node.boolean(), "yaml.boolean"),
    ("x: no", lambda node: node.text(), "yaml.quotes"),
    ("x: 12:30", lambda node: node.text(), "yaml.quotes"),
    ("x: 010", lambda node: node.text(), "yaml.quotes"),
    ("x: 2026-11-30", lambda node: node.text(), "yaml.quotes"),
    ("x: 010", lambda node: node.integer(), "yaml.number"),
    ("x: 0o10", lambda node: node.integer(), "yaml.number"),
    ("x: 0x10", lambda node: node.integer(), "yaml.number"),
    ("x: 1_000", lambda node: node.integer(), "yaml.number"),
    ("x: 12:30", lambda node: node.integer(), "yaml.number"),
    ('x: "12"', lambda node: node.integer(), "yaml.number"),
    ("x: .inf", lambda node: node.number(), "yaml.number"),
    ("x: 1.5", lambda node: node.integer(), "yaml.number"),
    ("x: 9", lambda node: node.integer(least=10), "yaml.range"),
    ("x: 2026-02-30", lambda node: node.day(), "yaml.date"),
    ("x: 30/11/2026", lambda node: node.day(), "yaml.date"),
    ("x: 25:00", lambda node: node.clock(), "yaml.time"),
    ("x: hodl", lambda node: node.choice({"hold": 1}), "yaml.choice"),
    ("x:", lambda node: node.text(), "yaml.empty"),
    ("x: ~", lambda node: node.text("default"), "yaml.empty"),
    ("x: [a]", lambda node: node.text(), "yaml.kind"),
    ("x: a", lambda node: node.items(), "yaml.kind"),
    ("x: [a]", lambda node: node.entries(), "yaml.kind"),
    ("y: a", lambda node: node.text(), "yaml.missing"),
]


@pytest.mark.parametrize(("text", "get", "code"), GUESSES)
def test_a_value_of_the_wrong_kind_is_a_problem_and_never_a_guess(text, get, code) -> None:
    root = parse(text, "policy.yaml")
    get(root.mapping("x", "y")["x"])
    assert codes(root) == [code]


def test_values_of_the_right_kind_are_read() -> None:
    root = parse('a: two words\nb: true\nc: -3\nd: 0.5\ne: 2026-11-30\nf: 09:30\ng: [x, "no"]\nh: hold\ni: "010"\n', "policy.yaml")
    top = root.mapping(*"abcdefghi")
    assert top["a"].text() == "two words"
    assert top["b"].boolean() is True
    assert (top["c"].integer(), top["d"].number()) == (-3, 0.5)
    assert (top["e"].day(), top["f"].clock()) == (date(2026, 11, 30), time(9, 30))
    assert top["g"].texts() == ("x", "no")
    assert (top["h"].choice({"hold": 2}), top["i"].text()) == (2, "010")
    assert root.problems == ()


def test_a_key_left_out_has_its_default() -> None:
    top = parse("{}", "policy.yaml").mapping("x")
    node = top["x"]
    assert (node.text("d"), node.boolean(True), node.integer(7), node.items(), node.entries(), node.day()) == ("d", True, 7, (), (), None)
    assert not node.exists
    assert node.problems == ()


def test_an_unknown_key_is_told_with_the_likely_one() -> None:
    root = parse("ok:\n  recipents: 1\n  verdict: 2\n", "policy.yaml")
    root.mapping("ok")["ok"].mapping("recipients", "verdict")
    assert [str(problem) for problem in root.problems] == [
        "policy.yaml:2:3: error: unknown key 'recipents'. Did you mean 'recipients'? [yaml.unknown_key]"
    ]


def test_all_problems_come_at_once_in_the_order_of_the_lines() -> None:
    root = parse("c: maybe\nz: 1\nb: 010\n", "policy.yaml")
    top = root.mapping("a", "b", "c")
    top["a"].text()
    top["b"].integer()
    top["c"].boolean()
    assert [(problem.line, problem.code) for problem in root.problems] == [
        (1, "yaml.missing"),
        (1, "yaml.boolean"),
        (2, "yaml.unknown_key"),
        (3, "yaml.number"),
    ]


def test_a_value_put_from_elsewhere_keeps_its_own_place() -> None:
    root = parse("routes: {default: {tls: may}}", "settings.yaml")
    changed = root.put(("routes", "default", "tls"), parse("verifi", "GATEWAY_ROUTES__DEFAULT__TLS"))
    tls = changed.mapping("routes")["routes"].mapping("default")["default"].mapping("tls")["tls"]
    tls.choice({"may": 1, "verify": 3})
    assert [str(p) for p in root.problems] == [
        "GATEWAY_ROUTES__DEFAULT__TLS:1:1: error: 'tls' should be one of may, verify, not 'verifi'. Did you mean 'verify'? [yaml.choice]"
    ]


def test_byte_order_mark_and_windows_line_ends_are_harmless() -> None:
    root = parse("\ufeffa: x\r\nb: y\r\n", "policy.yaml")
    top = root.mapping("a", "b")
    assert (top["a"].text(), top["b"].text(), root.problems) == ("x", "y", ())


@given(st.text(alphabet=st.sampled_from("ab:-[]{},&*!|>'\"#\n\t 01?%@\ud800\u0085"), max_size=60))
def test_no_text_whatever_raises(text: str) -> None:
    root = parse(text, "policy.yaml")
    top = root.mapping("a", "b")
    for key in "ab":
        node = top[key]
        node.text(), node.boolean(), node.integer(), node.day(), node.clock(), node.items(), node.entries(), node.choice({"x": 1})
