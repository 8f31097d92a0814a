"""A page in a real browser: what it says on its console, what is in it at the end, what a driver finds in it.

A driver is put behind the page's own script; what it finds is read from the document that the browser dumps.
"""

from __future__ import annotations

import html as escapes
import json
import os
import re
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--hide-scrollbars",
]  # fmt: skip
FOUND = re.compile(r'<pre id="found">(.*?)</pre>', re.DOTALL)


def skip_without_browser() -> None:
    """Leaves the module out where there is no Chromium; in CI a missing one fails its tests."""
    if CHROMIUM is None and os.environ.get("CI", "").lower() in {"", "0", "false"}:
        pytest.skip("no Chromium: apt-get install chromium", allow_module_level=True)


def browse(
    folder: Path, page: str, *, width: int = 1360, flags: tuple[str, ...] = (), hash_: str = ""
) -> tuple[str, str]:
    """The document as the browser leaves it, and what it said on its console."""
    assert CHROMIUM is not None, "no Chromium"
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    command = [
        CHROMIUM, *QUIET, f"--user-data-dir={folder / f'profile-{time.monotonic_ns()}'}", f"--window-size={width},900",
        "--virtual-time-budget=4000", "--enable-logging=stderr", *flags, "--dump-dom", path.as_uri() + hash_,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout, "".join(line for line in done.stderr.splitlines(keepends=True) if "CONSOLE" in line)


def drive(folder: Path, page: str, script: str, **how: Any) -> Any:  # noqa: ANN401 - whatever the driver finds
    """What a function body finds in a page; the policy, which would keep the driver out, is taken out first."""
    page = re.sub(r"<meta http-equiv.*?>\n", "", page)
    driver = (
        "<script>setTimeout(async () => { const key = (name) => document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));"
        "const all = (selector) => [...document.querySelectorAll(selector)];"
        "const later = () => new Promise((done) => setTimeout(done, 20));"
        "const found = document.createElement('pre'); found.id = 'found';"
        f"found.textContent = JSON.stringify(await (async () => {{ {script} }})()); document.body.append(found); }},"
        " 500);</script>"
    )
    dump, console = browse(folder, page.replace("</body>", f"{driver}</body>"), **how)
    assert console == ""
    found = FOUND.search(dump)
    assert found, "the driver did not come to its end"
    return json.loads(escapes.unescape(found[1]))
