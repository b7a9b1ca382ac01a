"""axe-core finds nothing to say about the HTML of any notice, in Chromium.

Needs Chromium, and axe-core from npm (`npm ci --prefix tests/node`).
"""

import html
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.model.notice import NoticeContext
from gateway.notices import write_notice
from tests.notices.building import part
from tests.notices.test_done import PROTECTED, REVIEW
from tests.notices.test_letters import KINDS

# Results are written into the page itself, so that no browser driver is needed: --dump-dom prints the page when it is done.
RUN = """
<script>
axe.run(document, {resultTypes: ["violations"]}).then(results => {
  const found = results.violations.map(one => ({id: one.id, help: one.help, nodes: one.nodes.map(node => node.html)}));
  const out = document.createElement("pre");
  out.id = "axe-results";
  out.textContent = JSON.stringify({rules: results.passes.length, found: found});
  document.body.appendChild(out);
});
</script>
"""


@pytest.fixture(scope="module")
def axe(npm: Callable[[str], Path]) -> str:
    return (npm("axe-core") / "axe.min.js").read_text("utf-8")


def check(page: str, axe: str, folder: Path) -> dict[str, Any]:
    file = folder / "page.html"
    file.write_text(page.replace("</body>", f"<script>{axe}</script>{RUN}</body>"), "utf-8")
    flags = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=20000")
    done = subprocess.run(["chromium", *flags, "--dump-dom", file.as_uri()], capture_output=True, text=True, timeout=120)
    found = re.search(r'<pre id="axe-results">(.*?)</pre>', done.stdout, re.S)
    assert found, done.stderr[-2000:]
    results: dict[str, Any] = json.loads(html.unescape(found[1]))
    return results


@pytest.mark.tools("chromium")
@pytest.mark.parametrize("about", [*KINDS, PROTECTED, REVIEW], ids=lambda about: about.kind.value)
def test_axe_finds_nothing_to_say_about_a_notice(about: NoticeContext, axe: str, tmp_path: Path) -> None:
    results = check(part(write_notice(about), "text/html"), axe, tmp_path)
    assert results["found"] == []
    assert results["rules"] >= 10


@pytest.mark.tools("chromium")
def test_axe_does_find_what_is_wrong(axe: str, tmp_path: Path) -> None:
    page = '<!DOCTYPE html><html><head><title>x</title></head><body><p style="color:#bbb">pale</p><img src="x.png"></body></html>'
    assert {one["id"] for one in check(page, axe, tmp_path)["found"]} >= {"html-has-lang", "image-alt", "color-contrast"}
