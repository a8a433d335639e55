"""A backup goes back in as it was, and what it replaces is kept."""

from portal.serve.places import Places
from portal.serve.postgres import Postgres
from tests.portal.serve.conftest import Start


def test_restore_brings_back_what_was_saved_and_keeps_what_was_there(start: Start, places: Places) -> None:
    services = start("services")
    services.says("the servers are up")
    server = Postgres(places)
    server.run_sql(
        "\\connect concentric concentric_owner\nCREATE TABLE figure (amount int); INSERT INTO figure VALUES (7)"
    )
    file = places.run / "saved.dump"
    saved = start("backup", FILE=str(file))
    assert saved.ends() == 0, saved.text
    server.run_sql("\\connect concentric\nDELETE FROM figure")
    services.interrupt()

    restored = start("restore", FILE=str(file))
    assert restored.ends() == 0, restored.text

    start("services").says("the servers are up")
    # As the portal's role: its rights came back too. A wrong amount divides by zero, which run_sql refuses.
    server.run_sql("\\connect concentric concentric\nSELECT 1 / (SELECT count(*) FROM figure WHERE amount = 7)")
    server.run_sql("\\connect concentric_before\nSELECT 1 / (SELECT (count(*) = 0)::int FROM figure)")


def test_restore_over_a_demonstration_is_refused(start: Start, places: Places) -> None:
    places.run.mkdir()
    (places.run / "mode").write_text("demo\n")
    (places.run / "saved.dump").touch()
    restored = start("restore", FILE=str(places.run / "saved.dump"))
    assert restored.ends() == 1
    assert "make demo-reset" in restored.text


def test_real_data_are_never_served_as_a_demonstration(start: Start, places: Places) -> None:
    places.run.mkdir()
    (places.run / "mode").write_text("real\n")
    serve = start("serve", PORT="8799")
    assert serve.ends() == 1
    assert "are real: start with CONCENTRIC_DEMO=0" in serve.text


def test_backup_without_a_running_database_says_what_to_do(start: Start) -> None:
    saved = start("backup")
    assert saved.ends() == 1
    assert "make services" in saved.text
