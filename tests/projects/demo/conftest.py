"""The demo's projects, planned once for all tests of it: planning is pure."""

import pytest

from projects.demo import headlines, known
from projects.demo.amounts import Amounts, amounts
from projects.demo.cast import Part, cast
from projects.demo.headlines import Headlines


@pytest.fixture(scope="session")
def published() -> Headlines:
    return headlines.read(known.FOLDER / "headlines.json")


@pytest.fixture(scope="session")
def parts(published: Headlines) -> list[Part]:
    return cast(known.read(), published)


@pytest.fixture(scope="session")
def planned(parts: list[Part], published: Headlines) -> dict[str, Amounts]:
    return amounts(parts, published)
