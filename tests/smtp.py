"""A real mail server on loopback that keeps what it receives and can be made to misbehave."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Postman:
    """What the server does. Refusals are answers by recipient, such as "550 5.1.1 no such person"."""

    received: list[EmailMessage] = field(default_factory=list)
    connections: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    hangs_up_at: str = ""  # MAIL or DATA
    slow_at: str = ""  # MAIL or DATA
    on_data: Callable[[], None] = lambda: None
    port: int = 0

    def to(self, address: str) -> list[EmailMessage]:
        return [message for message in self.received if message["To"] == address]

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self.misbehave(server, "MAIL")
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content or b""
        message = message_from_bytes(content if isinstance(content, bytes) else content.encode(), policy=policy.default)
        self.on_data()
        self.received.append(message)
        await self.misbehave(server, "DATA")
        return "250 taken"

    async def misbehave(self, server: SMTP, step: str) -> None:
        if self.slow_at == step:
            await asyncio.sleep(2)
        if self.hangs_up_at == step and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextmanager
def serving(postman: Postman) -> Iterator[Postman]:
    """The server, at a free port that the postman then knows."""
    postman.port = free_port()
    controller = Controller(postman, hostname="127.0.0.1", port=postman.port)
    controller.start()
    try:
        yield postman
    finally:
        controller.stop()
