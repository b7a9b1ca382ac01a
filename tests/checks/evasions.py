"""Ways to hide a text from a detector and not from a reader (D04-D06 of the threat catalogue), each as a function of the text."""

import random
import unicodedata
from collections.abc import Callable

_ALIKE = str.maketrans(
    {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "i": "і", "x": "х", "A": "А", "E": "Е", "O": "О", "H": "Н", "T": "Т", "M": "М"}
)


def _between(sign: str) -> Callable[[str, random.Random], str]:
    def hide(text: str, chance: random.Random) -> str:
        return "".join(letter + (sign if chance.random() < 0.4 else "") for letter in text)

    return hide


def _digits(zero: int) -> Callable[[str, random.Random], str]:
    def hide(text: str, chance: random.Random) -> str:
        return "".join(chr(zero + int(letter)) if letter in "0123456789" else letter for letter in text)

    return hide


def _full_width(text: str, chance: random.Random) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def _alike(text: str, chance: random.Random) -> str:
    return "".join(letter.translate(_ALIKE) if chance.random() < 0.5 else letter for letter in text)


def _marks(text: str, chance: random.Random) -> str:
    return "".join(letter + ("\u0335" if letter.isalnum() and chance.random() < 0.3 else "") for letter in text)


def _decomposed(text: str, chance: random.Random) -> str:
    return unicodedata.normalize("NFD", text.replace("e", "é").replace("a", "á"))


def _bold(text: str, chance: random.Random) -> str:
    def styled(letter: str) -> str:
        if "a" <= letter <= "z":
            return chr(0x1D41A + ord(letter) - ord("a"))
        if "A" <= letter <= "Z":
            return chr(0x1D400 + ord(letter) - ord("A"))
        return chr(0x1D7CE + int(letter)) if letter in "0123456789" else letter

    return "".join(styled(letter) for letter in text)


def _bidi(text: str, chance: random.Random) -> str:
    return "\u202d" + text.replace(" ", " \u200e") + "\u202c"


def _tags(text: str, chance: random.Random) -> str:
    return "".join(letter + chr(0xE0000 + ord(letter)) if letter.isalpha() and chance.random() < 0.3 else letter for letter in text)


EVERYWHERE: dict[str, Callable[[str, random.Random], str]] = {
    "zero width space": _between("\u200b"),
    "zero width joiner": _between("\u200d"),
    "byte order mark": _between("\ufeff"),
    "word joiner": _between("\u2060"),
    "soft hyphen": _between("\xad"),
    "no-break space": lambda text, chance: text.replace(" ", "\xa0"),
    "thin space": lambda text, chance: text.replace(" ", "\u2009"),
    "full width": _full_width,
    "Arabic-Indic digits": _digits(0x0660),
    "full-width digits": _digits(0xFF10),
    "look-alikes": _alike,
    "combining marks": _marks,
    "NFD": _decomposed,
    "mathematical letters": _bold,
    "direction marks": _bidi,
    "tag characters": _tags,
}
IN_HTML: dict[str, Callable[[str, random.Random], str]] = {
    "entities": lambda text, chance: "".join(f"&#{ord(letter)};" if chance.random() < 0.5 else letter for letter in text),
    "hexadecimal entities": lambda text, chance: "".join(f"&#x{ord(letter):x};" if letter.isalnum() else letter for letter in text),
    "comments": _between("<!-- x -->"),
    "word break": _between("<wbr>"),
    "spans": lambda text, chance: "".join(f"<span>{letter}</span>" if chance.random() < 0.4 else letter for letter in text),
    "hidden block": lambda text, chance: f'<p>Hello</p><div style="display:none">{text}</div>',
    "white on white": lambda text, chance: f'<font color="#ffffff">{text}</font>',
    "alternative text": lambda text, chance: f'<p>Hello</p><img src="x" alt="{text}">',
    "cell per word": lambda text, chance: "<table><tr>" + "".join(f"<td>{word}</td>" for word in text.split(" ")) + "</tr></table>",
}
