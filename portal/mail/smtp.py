"""Tells a failure before the mail server had the e-mail from one after, where nobody knows what became of it."""

import smtplib

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend


class Unreached(OSError):
    """The connection failed before the e-mail was handed over: it can safely be sent later."""


class _Watched(smtplib.SMTP):
    """Remembers whether the e-mail itself, not only sender and recipient, has gone out."""

    handed_over = False

    def data(self, msg: bytes | str) -> tuple[int, bytes]:  # type: ignore[override]
        self.handed_over = True
        return super().data(msg)


class _WatchedTls(_Watched, smtplib.SMTP_SSL):
    """The same where TLS comes first."""


class Backend(EmailBackend):
    connection: _Watched | None

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _WatchedTls if self.use_ssl else _Watched

    def open(self) -> bool | None:
        try:
            return super().open()
        except OSError as error:  # smtplib's own errors are among them: a refused sign-in, a greeting of 421
            raise Unreached(str(error)) from error

    def _send(self, email_message: EmailMessage) -> bool:
        connection = self.connection
        if connection is None:
            raise Unreached("no connection is open")
        connection.handed_over = False
        try:
            return bool(super()._send(email_message))  # type: ignore[misc]
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused):
            raise  # the server's own answer
        except OSError as error:
            if connection.handed_over:
                raise
            raise Unreached(str(error)) from error
