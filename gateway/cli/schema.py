"""`gateway schema`: JSON Schema of the policy files, for editors that check while you type."""

import argparse
from pathlib import Path
from typing import Any

from gateway.cli.common import DONE, command, emit, fail, say
from gateway.policy.schema import SCHEMAS, schema_of


def add(subparsers: Any) -> None:
    parser = command(
        subparsers,
        "schema",
        "JSON Schema of the policy files.",
        "gateway schema rules > rules.schema.json; gateway schema --out policies/.schema",
    )
    parser.add_argument(
        "name", nargs="?", choices=sorted(SCHEMAS), metavar="NAME", help=f"one of {', '.join(sorted(SCHEMAS))}; default: all"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, help="write each schema to DIR/NAME.schema.json")


def run(args: argparse.Namespace) -> int:
    names = [args.name] if args.name else sorted(SCHEMAS)
    if args.out is not None:
        return write(args.out, names)
    if args.name:
        emit(schema_of(args.name))
    else:
        emit({name: schema_of(name) for name in names})
    return DONE


def write(folder: Path, names: list[str]) -> int:
    import orjson

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / f"{name}.schema.json").write_bytes(orjson.dumps(schema_of(name), option=orjson.OPT_INDENT_2) + b"\n")
    except OSError as trouble:
        fail(f"cannot write to {folder}: {trouble.strerror}")
    for name in names:
        say(f"{folder / name}.schema.json")
    return DONE
