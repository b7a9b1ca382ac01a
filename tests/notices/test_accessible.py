"""axe-core finds nothing to say about the HTML of any notice, in Chromium.

Needs Chromium, and axe-core from npm (`npm ci --prefix tests/node`). All pages share one start of the browser, each in a frame of its own.
"""

import html
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.notices import write_notice
from tests.notices.building import part
from tests.notices.test_examples import ALL

WRONG = '<!DOCTYPE html><html><head><title>x</title></head><body><p style="color:#bbb">pale</p><img src="x.png"></body></html>'
PAGES = {name: part(write_notice(about), "text/html") for name, about in ALL.items()} | {"wrong": WRONG}

# Results are written into the page itself, so that no browser driver is needed: --dump-dom prints the page when it is done.
RUN = """
<script>
async function check(page) {
  const frame = document.createElement("iframe");
  frame.title = "a notice";
  frame.width = 700;
  frame.height = 1500;
  const loaded = new Promise(done => frame.onload = done);
  frame.srcdoc = page;
  document.body.appendChild(frame);
  await loaded;
  const script = frame.contentDocument.createElement("script");
  script.textContent = AXE;
  frame.contentDocument.head.appendChild(script);
  const results = await frame.contentWindow.axe.run(frame.contentDocument, {resultTypes: ["violations"]});
  frame.remove();
  const found = results.violations.map(one => ({id: one.id, help: one.help, nodes: one.nodes.map(node => node.html)}));
  return {rules: results.passes.length, found: found};
}
(async () => {
  const out = document.createElement("pre");
  out.id = "axe-results";
  const results = {};
  for (const [name, page] of Object.entries(PAGES)) results[name] = await check(page);
  out.textContent = JSON.stringify(results);
  document.body.appendChild(out);
})();
</script>
"""


def literal(value: object) -> str:
    """JSON as it may stand in a script."""
    return json.dumps(value).replace("</", "<\\/")


@pytest.fixture(scope="module")
def results(npm: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What axe says of each page."""
    axe, folder = (npm("axe-core") / "axe.min.js").read_text("utf-8"), tmp_path_factory.mktemp("axe")
    given = f"<script>const AXE = {literal(axe)}; const PAGES = {literal(PAGES)};</script>"
    file = folder / "pages.html"
    file.write_text(
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>x</title></head><body>{given}{RUN}</body></html>', "utf-8"
    )
    flags = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=120000")
    done = subprocess.run(["chromium", *flags, "--dump-dom", file.as_uri()], capture_output=True, text=True, timeout=240)
    found = re.search(r'<pre id="axe-results">(.*?)</pre>', done.stdout, re.S)
    assert found, done.stderr[-2000:]
    said: dict[str, Any] = json.loads(html.unescape(found[1]))
    return said


@pytest.mark.tools("chromium")
@pytest.mark.parametrize("name", ALL)
def test_axe_finds_nothing_to_say_about_a_notice(name: str, results: dict[str, Any]) -> None:
    assert results[name]["found"] == []
    assert results[name]["rules"] >= 10


@pytest.mark.tools("chromium")
def test_axe_does_find_what_is_wrong(results: dict[str, Any]) -> None:
    assert {one["id"] for one in results["wrong"]["found"]} >= {"html-has-lang", "image-alt", "color-contrast", "landmark-one-main"}
