import time
import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings
from projects.demo import building
from tests.world import at

@pytest.mark.django_db
def test_it(settings: Settings) -> None:
    settings.DEMO=True
    t=time.time()
    building.build(started_at=timezone.now())
    print(time.time()-t)
    assert 0
