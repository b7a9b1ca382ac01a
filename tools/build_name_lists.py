"""Builds the word lists in gateway/checks/data from permissively licensed sources. Run by hand when a source changes.

Takes four paths: an unpacked `faker` wheel (MIT), `index.json` of the npm package `humannames` (MIT), and the two SCOWL lists
`british-english` and `british-english-small` (permissive). Writes given.txt.gz, family.txt.gz, rare.txt.gz and words.txt.gz.
Deterministic: the same sources give the same bytes.
"""

import gzip
import importlib
import json
import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "gateway" / "checks" / "data"
# A name that is also an English word counts only if one of these lists it: elsewhere it is mostly a transliteration accident.
TRUSTED = {"en_GB", "en_IE", "en_US", "en", "en_NZ", "en_IN", "en_PK", "pl_PL", "ro_RO"}
LETTERS = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ə": "e"}
    | {"Ə": "e", "’": "'", "ʻ": "'", "ʼ": "'"}
)
NAME = re.compile(r"[a-z][a-z']{1,15}")
# Listed by a source as names, and never one in our mail.
NOT_NAMES = set((Path(__file__).parent / "not_names.txt").read_text("utf-8").split())


def fold(name: str) -> str:
    """Lower case, without accents, in ASCII where a letter has a plain cousin."""
    plain = unicodedata.normalize("NFD", name.translate(LETTERS))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()


def faker_names(wheel: Path) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """(given, family): name -> locales that list it."""
    sys.path.insert(0, str(wheel))
    given: dict[str, set[str]] = defaultdict(set)
    family: dict[str, set[str]] = defaultdict(set)
    for folder in sorted((wheel / "faker/providers/person").iterdir()):
        if not (folder / "__init__.py").exists():
            continue
        provider = importlib.import_module(f"faker.providers.person.{folder.name}").Provider
        for attribute in dir(provider):
            kind = given if "first_name" in attribute else family if "last_name" in attribute or "surname" in attribute else None
            values = getattr(provider, attribute)
            if kind is None or "pair" in attribute or not hasattr(values, "__iter__") or isinstance(values, str):
                continue
            for value in values:
                text = value[-1] if isinstance(value, tuple | list) else value
                for name in re.split(r"[\s-]+", fold(text)):
                    if NAME.fullmatch(name):
                        kind[name].add(folder.name)
    return given, family


def words_of(path: Path) -> set[str]:
    """Lower-case entries of a SCOWL list: English words that are not only names."""
    lines = path.read_text("utf-8").split()
    return {fold(word) for word in lines if word[:1].islower() and "'" not in word}


def kept(names: dict[str, set[str]], words: set[str]) -> set[str]:
    return {
        name
        for name, locales in names.items()
        if name not in NOT_NAMES and (len(name) > 2 or locales & TRUSTED) and (name not in words or locales & TRUSTED)
    }


def write(name: str, words: set[str]) -> None:
    text = "\n".join(sorted(words)).encode()
    (DATA / name).write_bytes(gzip.compress(text, 9, mtime=0))
    sys.stdout.write(f"{name}: {len(words)} words, {len(text)} bytes\n")


def main() -> None:
    wheel, humannames, large, small = (Path(argument) for argument in sys.argv[1:5])
    words = words_of(large) | words_of(small)
    given, family = faker_names(wheel)
    first, last = kept(given, words), kept(family, words)
    listed = {fold(name) for name in json.loads(humannames.read_text("utf-8"))}
    rare = {name for name in listed if re.fullmatch(r"[a-z][a-z']{2,13}", name)} - first - last - words
    write("given.txt.gz", first)
    write("family.txt.gz", last)
    write("rare.txt.gz", rare)
    write("words.txt.gz", words)


if __name__ == "__main__":
    main()
