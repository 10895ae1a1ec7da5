"""Pages in a headless browser, where there is one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_LOOK = """<script>
const failures = [];
addEventListener("error", event => failures.push(String(event.message || event.target.src)), true);
addEventListener("load", () => setTimeout(() => {
  const videos = [...document.querySelectorAll("video")];
  const found = {
    failures: failures,
    images: [...document.images].map(image => image.naturalWidth),
    videos: videos.map(video => video.videoWidth),
    width: document.documentElement.scrollWidth,
    window: innerWidth,
    links: performance.getEntriesByType("resource").map(entry => entry.name)
      .filter(name => !name.startsWith("data:")),
  };
  document.title = "found" + JSON.stringify(found) + "end";
}, 300));
</script>"""


def look(page: Path, *, width: int) -> dict[str, Any]:
    """Open a page and return what the browser found, and what it wrote on its console."""
    browser = next(filter(None, map(shutil.which, _NAMES)), None)
    if browser is None:
        pytest.skip("no Chromium is installed")
    opened = page.with_name("opened.html")
    opened.write_text(page.read_text("utf-8").replace("<head>", f"<head>{_LOOK}"), "utf-8")
    command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += ["--enable-logging=stderr", "--virtual-time-budget=5000"]
    command += [f"--user-data-dir={page.parent / 'browser'}", f"--window-size={width},900"]
    done = subprocess.run(
        [*command, opened.resolve().as_uri()], capture_output=True, text=True, timeout=300
    )
    (text,) = re.findall(r"<title>found(.*?)end</title>", done.stdout, re.S)
    console = re.findall(r"CONSOLE.*", done.stderr)
    return {**json.loads(text.replace("&amp;", "&")), "console": console}
