"""A stand-in for the HTTP API of the Hugging Face Hub, as far as folders need it."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import huggingface_hub.constants
import pytest

COMMIT = "5" * 40


class LocalHub(ThreadingHTTPServer):
    """Repositories in memory: `files["owner/name"]["path"]` are bytes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, dict[str, bytes]] = {}
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: LocalHub

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        path = self._path()
        if path == ["api", "repos", "create"]:
            asked = json.loads(body)
            name = "/".join(filter(None, [asked.get("organization"), asked["name"]]))
            self.server.files.setdefault(name, {})
            self._send({"url": f"{self.server.url}/{name}", "name": name})
        elif path == ["api", "validate-yaml"]:
            self._send({"errors": [], "warnings": []})
        elif path[4:5] == ["preupload"]:
            files = [
                {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False, "oid": None}
                for file in json.loads(body)["files"]
            ]
            self._send({"files": files})
        elif path[4:5] == ["commit"]:
            for line in body.splitlines():
                entry = json.loads(line)
                if entry["key"] == "file":
                    content = base64.b64decode(entry["value"]["content"])
                    self._repository(path)[entry["value"]["path"]] = content
            url = f"{self.server.url}/{'/'.join(path[2:4])}/commit/{COMMIT}"
            self._send({"commitUrl": url, "commitOid": COMMIT})
        else:
            self._missing()

    def do_GET(self) -> None:
        path = self._path()
        if path[:2] == ["api", "models"]:
            name = "/".join(path[2:4])
            if name not in self.server.files:
                self._missing("RepoNotFound")
                return
            files = self.server.files[name]
            if path[4:5] == ["tree"]:
                tree = [_entry(file, content) for file, content in files.items()]
                self._send(tree)
            else:
                siblings = [{"rfilename": file} for file in files]
                self._send({"id": name, "sha": COMMIT, "siblings": siblings, "private": False})
        elif path[2:3] == ["resolve"]:
            self._resolve(self.server.files.get("/".join(path[:2]), {}).get("/".join(path[4:])))
        else:
            self._missing()

    def do_HEAD(self) -> None:
        self.do_GET()

    def _path(self) -> list[str]:
        self.server.requests.append(f"{self.command} {self.path}")
        return urlsplit(self.path).path.strip("/").split("/")

    def _repository(self, path: list[str]) -> dict[str, bytes]:
        return self.server.files["/".join(path[2:4])]

    def _resolve(self, content: bytes | None) -> None:
        if content is None:
            self._missing("EntryNotFound")
            return
        etag = f'"{hashlib.sha1(content).hexdigest()}"'
        self._reply(200, content, {"ETag": etag, "X-Repo-Commit": COMMIT})

    def _missing(self, code: str = "") -> None:
        self._reply(404, b"{}", {"X-Error-Code": code} if code else {})

    def _send(self, value: Any) -> None:
        self._reply(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _reply(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _entry(path: str, content: bytes) -> dict[str, Any]:
    oid = hashlib.sha1(content).hexdigest()
    return {"type": "file", "path": path, "size": len(content), "oid": oid}


@contextmanager
def _running() -> Iterator[LocalHub]:
    hub = LocalHub()
    thread = threading.Thread(target=hub.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()


@pytest.fixture
def local_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[LocalHub]:
    """A hub that huggingface_hub talks to in this test, with an empty cache."""
    with _running() as hub:
        constants = huggingface_hub.constants
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        template = f"{hub.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", "hf_local")
        yield hub
