"""The JSON Schema fits what the loader accepts, key by key."""

import json
from collections.abc import Iterator

import pytest
import yaml

from gateway.policy.schema import SCHEMAS, Schema, schema_of
from tests.policy.conftest import POLICIES, shipped_files

KIND = {"policy.yaml": "policy", "organisations.yaml": "organisations", "registry.yaml": "registry"}
KIND |= {"waivers.yaml": "waivers", "notices.yaml": "notices"}


def kind_of(name: str) -> str:
    if name.endswith(".test.yaml"):
        return "tests"
    return KIND.get(name) or {"tables": "table", "rules": "rules"}[name.partition("/")[0]]


def faults(value: object, schema: Schema, root: Schema, at: str = "") -> Iterator[str]:
    """What does not fit: enough of JSON Schema for our own schemas."""
    if "$ref" in schema:
        yield from faults(value, root["$defs"]["condition"], root, at)  # type: ignore[index]  # our only reference
        return
    if "anyOf" in schema:
        each = [list(faults(value, option, root, at)) for option in schema["anyOf"]]  # type: ignore[attr-defined]
        if all(each):
            yield min(each, key=len)[0]
        return
    if "enum" in schema:
        if value not in schema["enum"]:  # type: ignore[operator]
            yield f"{at}: {value} is none of the words"
        return
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
    kind = schema["type"]
    if kind == "string" and not isinstance(value, (dict, list)):
        return  # PyYAML makes dates and numbers of texts that the loader and editors take as written.
    if not isinstance(value, kinds[str(kind)]):
        yield f"{at}: {value!r} is no {kind}"
        return
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from faults(item, schema["items"], root, f"{at}[{place}]")  # type: ignore[arg-type]
    if isinstance(value, dict):
        yield from _object_faults(value, schema, root, at)


def _object_faults(value: dict[str, object], schema: Schema, root: Schema, at: str) -> Iterator[str]:
    properties: dict[str, Schema] = schema.get("properties", {})  # type: ignore[assignment]
    for key in schema.get("required", ()):  # type: ignore[attr-defined]
        if key not in value:
            yield f"{at}: {key} is missing"
    for key, item in value.items():
        below = properties.get(key, schema["additionalProperties"])
        if below is False:
            yield f"{at}.{key} is unknown"
        else:
            yield from faults(item, below, root, f"{at}.{key}")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [name for name in shipped_files() if name.endswith(".yaml")])
def test_every_shipped_file_fits_its_schema(name: str) -> None:
    schema = schema_of(kind_of(name))
    assert list(faults(yaml.safe_load((POLICIES / name).read_text()), schema, schema)) == []


def test_every_shipped_file_names_its_schema_for_editors_and_it_is_the_present_one() -> None:
    for name, text in shipped_files().items():
        if name.endswith(".yaml"):
            up = "../" if "/" in name else ""
            assert text.startswith(f"# yaml-language-server: $schema={up}.schema/{kind_of(name)}.schema.json\n")
    for kind in SCHEMAS:
        shipped = json.loads((POLICIES / ".schema" / f"{kind}.schema.json").read_text())
        assert shipped == schema_of(kind), "run: gateway schema --out policies/.schema"


def test_the_schema_finds_a_misspelt_key_and_a_wrong_word() -> None:
    schema = schema_of("policy")
    assert list(faults({"table": "x", "rules": "y", "mode": "enforced", "moode": 1}, schema, schema)) == [
        ".mode: enforced is none of the words",
        ".moode is unknown",
    ]


def test_every_key_that_the_loader_knows_is_in_a_schema() -> None:
    import re
    from pathlib import Path

    import gateway.policy as room

    text = "".join(path.read_text() for path in Path(room.__file__ or "").parent.glob("*.py") if path.name not in ("yaml_nodes.py",))
    asked = {key for call in re.findall(r'\.mapping\(\s*("[^)]*?)\)', text) for key in re.findall(r'"([a-z_0-9]+)"', call)}
    known: set[str] = set()

    def collect(schema: object) -> None:
        if isinstance(schema, dict):
            known.update(schema.get("properties", {}))
            for item in schema.values():
                collect(item)
        elif isinstance(schema, list):
            for item in schema:
                collect(item)

    for name in SCHEMAS:
        collect(schema_of(name))
    assert len(asked) > 50
    assert asked - known == set()
