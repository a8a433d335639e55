"""Photos and documents in an S3-compatible store: kept, handed out to those who see the line, and let go of."""

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client, override_settings

from portal import environment
from portal.uploads import File
from projects import attaching, drafting, evidence
from projects.lifecycle import StepRefused
from projects.models import Evidence, ReportLine, StoredFile
from projects.models.evidence import kept_in
from tests import s3
from tests.conftest import City
from tests.projects.pictures import jpeg, pdf
from tests.world import at

DAY = at("2022-04-05")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: pytest.TempPathFactory) -> Iterator[s3.Store]:
    with s3.running() as store:
        monkeypatch.setenv("CONCENTRIC_EVIDENCE_URL", store.url)
        bucket = environment.evidence(settings.RUN_DIR)
        with override_settings(STORAGES={**settings.STORAGES, "evidence": bucket}):
            yield store


@pytest.fixture
def line(town: City) -> ReportLine:
    report = drafting.begin(town.county, town.quarter, by=town.staff, at=DAY)
    return report.lines.select_related("report").get(project__code="A1")


def attach(line: ReportLine, town: City, name: str, content: bytes) -> Evidence:
    found, _new = attaching.attach(line, File(name=name, content=content), by=town.staff, at=DAY)
    return found


def get(client: Client, key: object, part: str = "") -> "tuple[int, bytes]":
    answer = client.get(f"/evidence/{key}/{part}")
    return answer.status_code, b"".join(answer) if answer.streaming else answer.content


@time_machine.travel(DAY, tick=False)
def test_photo_lies_in_the_bucket_and_is_handed_out_through_the_portal(
    store: s3.Store, line: ReportLine, town: City, client: Client
) -> None:
    photo = attach(line, town, "现场.jpg", jpeg(2000, 1500))
    assert set(store.files) == {f"/{s3.BUCKET}/{path}" for path in photo.file.paths}
    client.force_login(town.staff)
    status, content = get(client, photo.key)
    assert status == 200
    assert content == store.files[f"/{s3.BUCKET}/{photo.file.path}"]
    status, small = get(client, photo.key, "thumbnail/")
    assert (status, small) == (200, store.files[f"/{s3.BUCKET}/{photo.file.thumbnail_path}"])


@time_machine.travel(DAY, tick=False)
def test_stranger_gets_nothing_and_the_store_is_not_asked(
    store: s3.Store, line: ReportLine, town: City, client: Client
) -> None:
    photo = attach(line, town, "a.jpg", jpeg())
    asked = len(store.asked)
    assert get(client, photo.key)[0] == 302  # to sign in
    client.force_login(town.stranger)
    assert get(client, photo.key)[0] == 404
    assert len(store.asked) == asked
    with pytest.raises(ValueError, match="handed out by views"):
        kept_in().url(photo.file.path)


@time_machine.travel(DAY, tick=False)
def test_browser_that_has_the_photo_costs_the_store_nothing(
    store: s3.Store, line: ReportLine, town: City, client: Client
) -> None:
    photo = attach(line, town, "a.jpg", jpeg())
    client.force_login(town.staff)
    etag = client.get(f"/evidence/{photo.key}/")["ETag"]
    asked = len(store.asked)
    assert client.get(f"/evidence/{photo.key}/", headers={"if-none-match": etag}).status_code == 304
    assert len(store.asked) == asked


@time_machine.travel(DAY, tick=False)
def test_what_the_store_lost_or_does_not_answer_is_said(
    store: s3.Store, line: ReportLine, town: City, client: Client
) -> None:
    document = attach(line, town, "plan.pdf", pdf())
    client.force_login(town.staff)
    store.is_broken = True
    status, text = get(client, document.key)
    assert (status, "请稍后再试" in text.decode()) == (503, True)
    with pytest.raises(StepRefused):
        attach(line, town, "b.jpg", jpeg(seed=1))
    store.is_broken = False
    store.files.clear()
    assert get(client, document.key)[0] == 404


def test_what_nothing_leads_to_leaves_the_bucket(store: s3.Store, line: ReportLine, town: City) -> None:
    photo = attach(line, town, "a.jpg", jpeg())
    kept = attach(line, town, "b.pdf", pdf())
    photo.delete()
    evidence.sweep(at=DAY)
    assert evidence.sweep(at=DAY + timedelta(days=31)) == 1
    assert set(store.files) == {f"/{s3.BUCKET}/{kept.file.path}"}
    assert list(StoredFile.objects.all()) == [kept.file]


def test_store_that_is_not_there_refuses_the_file_in_words(
    store: s3.Store, line: ReportLine, town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("CONCENTRIC_EVIDENCE_URL", f"s3+http://a:b@127.0.0.1:{taken.getsockname()[1]}/evidence")
        nowhere = {"evidence": environment.evidence(settings.RUN_DIR)}
        with override_settings(STORAGES={**settings.STORAGES, **nowhere}), pytest.raises(StepRefused):
            attach(line, town, "a.jpg", jpeg())
