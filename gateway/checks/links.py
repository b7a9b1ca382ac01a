"""Links that open a file for anyone who has them: an attachment by another name.

Promises: a link to a file-sharing service is found, whoever's it is; a link to the own tenant that asks for a sign-in is not.
"""

import re
from collections.abc import Iterator

_SERVICES = (
    r"we\.tl/|(?:[\w\-]{1,60}\.)?wetransfer\.com/|(?:www\.|dl\.)?dropbox\.com/(?:s|sh|scl|t|transfer|l)/|(?:drive|docs)\.google\.com/|1drv\.ms/"
    r"|onedrive\.live\.com/|(?:app\.|[\w\-]{1,60}\.)?box\.com/(?:s|shared|file)|mega\.(?:nz|io)/|(?:www\.)?icloud\.com/iclouddrive|share\.icloud\.com/"
    r"|photos\.app\.goo\.gl/|(?:www\.)?(?:sendspace|mediafire|filemail|transfernow|swisstransfer|hightail|fromsmash|sync|pcloud|terabox|jumpshare|docsend)"
    r"\.(?:com|net)/|gofile\.io/|files\.fm/|file\.io/|send\.vis\.ee/|[\w\-]{1,60}\.sharefile\.com/|[\w\-]{1,60}\.egnyte\.com/"
    r"|e\.pcloud\.link/|u\.pcloud\.link/|tresorit\.com/|pixeldrain\.com/|drop\.me/|smash\.gg/|ufile\.io/"
)
_TENANT = r"(?P<tenant>[\w\-]{1,63}\.sharepoint\.(?:com|us|de|cn))/"
# The path is bounded: a link longer than that is cut, and found all the same.
_LINK = re.compile(rf"(?:https?://|www\.|(?<![\w.@/\-]))(?:{_SERVICES}|{_TENANT})[^\s<>\"')\]]{{2,2048}}", re.IGNORECASE)
# Microsoft's own marks of a link that asks for no sign-in.
_ANYONE = re.compile(r"guestaccess\.aspx|anonymous|/:[a-z]:/g/", re.IGNORECASE)


# One of these stands in every link below: looking for them costs a tenth of the expression.
_HOSTS = (".com/", ".net/", ".io/", ".nz/", "we.tl/", "drv.ms/", "goo.gl/", ".ee/", ".fm/", ".link/", ".gg/", ".me/", "sharepoint.")


def file_links(text: str, sign_in_domains: tuple[str, ...]) -> Iterator[str]:
    """The host of every link that anyone can open."""
    # A dot and a stroke stand in each of them too, and one character is found twenty times as fast as a word.
    if "/" not in text or "." not in text:
        return
    low = text.lower()
    if not any(host in low for host in _HOSTS):
        return
    own = {domain.lower() for domain in sign_in_domains}
    for found in _LINK.finditer(text):
        tenant = (found.group("tenant") or "").lower()
        if tenant in own and not _ANYONE.search(found.group()):
            continue
        yield tenant or _host(found.group())


def _host(link: str) -> str:
    return re.sub(r"^https?://", "", link, flags=re.IGNORECASE).split("/")[0].lower()
