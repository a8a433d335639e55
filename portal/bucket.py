"""Where stored files lie when several hosts share them: a bucket of an S3-compatible store, private to the portal.

It behaves as the folder does that it stands for: no address leads into it, a missing file is FileNotFoundError, and
whatever else goes wrong is an OSError. Read only where CONCENTRIC_EVIDENCE_URL names one (requirements/s3.txt).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

MEGABYTE = 1024 * 1024
IN_MEMORY = MEGABYTE  # a file that is larger is put on the local disk while it is handed out
AT_ONCE = 64 * MEGABYTE  # larger than any photo or document, so that each of these is one request


class Bucket(S3Storage):
    def __init__(self, *, addressing: str, **options: Any) -> None:
        patience = Config(
            connect_timeout=3,
            read_timeout=20,
            retries={"max_attempts": 2},
            signature_version="s3v4",
            s3={"addressing_style": addressing},
            # Newer checksums are refused by many stores that are S3-compatible, and TLS guards the way already.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        transfer = TransferConfig(multipart_threshold=AT_ONCE, use_threads=False)
        super().__init__(
            client_config=patience,
            transfer_config=transfer,
            max_memory_size=IN_MEMORY,
            querystring_auth=False,
            **options,
        )

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        with failing_as_files_do():
            found: File[bytes] = super()._open(name, mode)
            found.seek(0)  # brings it here, so that what fails does so before an answer has begun
            return found

    def _save(self, name: str, content: "File[bytes]") -> str:
        with failing_as_files_do():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with failing_as_files_do():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with failing_as_files_do():
            return bool(super().exists(name))

    def url(self, name: str, *_about: Any, **_options: Any) -> str:
        raise ValueError("Files of the bucket are handed out by views, which ask who may see them.")


@contextmanager
def failing_as_files_do() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OSError(f"the store of files: {error}") from error
