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
    import cProfile, pstats
    pr=cProfile.Profile(); pr.enable()
    building.build(started_at=timezone.now())
    pr.disable(); pstats.Stats(pr).sort_stats("cumulative").print_stats(45)
    print(time.time()-t)
    assert 0
