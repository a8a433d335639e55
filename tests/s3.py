"""An S3-compatible store as small as one can be: files in memory by path, for whoever signs with the right key."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY, SECRET, BUCKET = "portal", "secret/with+signs", "evidence"


@dataclass
class Store:
    """What lies in the bucket, and what was asked: ("GET", "/evidence/…")."""

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    is_broken: bool = False

    @property
    def url(self) -> str:
        return f"s3+http://{KEY}:secret%2Fwith%2Bsigns@127.0.0.1:{self.port}/{BUCKET}"


@contextmanager
def running() -> Iterator[Store]:
    store = Store()

    class Answer(_Answer):
        kept = store

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    store.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Answer(BaseHTTPRequestHandler):
    kept: Store
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self._may_go_on():
            self.kept.files[self.path] = content
            self._say(200, content, body=False)

    def do_GET(self) -> None:
        if self._may_go_on():
            content = self.kept.files.get(self.path)
            self._say(404 if content is None else 200, content or b"")

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        if self._may_go_on():
            self.kept.files.pop(self.path, None)
            self._say(204, b"", body=False)

    def _may_go_on(self) -> bool:
        self.kept.asked.append((self.command, self.path))
        signed = self.headers.get("Authorization", "").startswith(f"AWS4-HMAC-SHA256 Credential={KEY}/")
        if signed and not self.kept.is_broken:
            return True
        self._say(500 if self.kept.is_broken else 403, b"")
        return False

    def _say(self, status: int, content: bytes, *, body: bool = True) -> None:
        self.send_response(status)
        self.send_header("ETag", f'"{md5(content, usedforsecurity=False).hexdigest()}"')
        self.send_header("Last-Modified", "Mon, 04 Apr 2022 00:00:00 GMT")
        if status != 204:
            self.send_header("Content-Length", str(len(content) if body else 0))
        self.end_headers()
        if body and self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_about: object) -> None:
        """A test says what it saw."""
