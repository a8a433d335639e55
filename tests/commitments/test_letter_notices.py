"""The e-mails of a letter: to whom, in which language, and what stands in them."""

import pytest

from commitments import lifecycle
from portal.models import Membership, Message, Role
from tests import world
from tests.commitments.letters import DAY, SIGNED, Campaigning, campaigning

__all__ = ["campaigning"]


def test_issued_letter_is_told_to_the_principals_of_the_unit_itself(campaigning: Campaigning) -> None:
    county = campaigning.town.county
    world.make_person("second", county, Role.PRINCIPAL)
    world.make_person("quiet", county, Role.PRINCIPAL, wants_notices=False)
    world.make_person("barred", county, Role.PRINCIPAL, is_active=False)
    left = world.make_person("left", county, Role.PRINCIPAL)
    Membership.objects.filter(user=left).update(valid_until="2022-01-19")
    campaigning.issued()
    told = Message.objects.filter(kind="letter_issued").values_list("recipient__name", flat=True)
    assert set(told) == {"principal", "second"}


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("en", "To be signed: letter of commitment 2022, Unit 430421, by Feb. 7, 2022", "waits for your signature"),
        ("zh-hans", "待签署：单位430421 2022年承诺书，请于2022年2月7日前签署", "等待您签署"),
    ],
)
def test_issued_letter_is_told_in_the_persons_language(
    campaigning: Campaigning, language: str, subject: str, words: str
) -> None:
    campaigning.principal.language = language
    campaigning.principal.save()
    version = campaigning.issued()
    message = Message.objects.get()
    assert message.subject == subject
    for text in (message.text, message.html):
        assert words in text
        assert str(version.serial) in text
        assert "/letters/430421/2022/" in text


@pytest.mark.parametrize(
    ("language", "draft", "issued"),
    [("en", "is still a draft", "waits for your signature"), ("zh-hans", "仍为草稿", "等待您签署")],
)
def test_reminder_says_what_is_to_be_done(campaigning: Campaigning, language: str, draft: str, issued: str) -> None:
    town = campaigning.town
    for person in (campaigning.principal, town.stranger):
        person.language = language
        person.save()
    campaigning.issued()
    campaigning.begun(town.other)
    Message.objects.all().delete()
    lifecycle.remind(campaigning.campaign, [town.county, town.other], by=town.administrator, at=SIGNED)
    assert issued in Message.objects.get(recipient=campaigning.principal).subject
    assert draft in Message.objects.get(recipient=town.stranger).subject


def test_reason_of_an_amendment_is_told_and_escaped(campaigning: Campaigning) -> None:
    version = campaigning.in_force()
    Message.objects.all().delete()
    campaigning.amended(version, "Flood <in> May")
    message = Message.objects.get(recipient=campaigning.principal)
    assert "Flood <in> May" in message.text
    assert "Flood &lt;in&gt; May" in message.html


def test_nothing_is_sent_where_a_step_is_refused(campaigning: Campaigning) -> None:
    version = campaigning.begun()
    with pytest.raises(lifecycle.StepRefused):
        lifecycle.issue(version, by=campaigning.town.administrator, at=DAY)
    assert not Message.objects.exists()
