"""Whether the data of this checkout's own PostgreSQL are a demonstration, and so may be thrown away."""

import os
import shutil
from pathlib import Path

from portal.serve import running
from portal.serve.places import Places, Refused

DEMO, REAL = "demo", "real"


def mode_file(places: Places) -> Path:
    return places.run / "mode"


def remember_mode(places: Places) -> None:
    """Note at the first start what the data are; later starts must mean the same.

    `make serve` takes the demonstration by default. Without this, one start that forgets CONCENTRIC_DEMO=0 would
    write made-up projects among real ones.
    """
    if "CONCENTRIC_DEMO" not in os.environ:
        return  # only the servers are wanted: nothing is written
    mode = DEMO if os.environ["CONCENTRIC_DEMO"].lower() in {"1", "t", "true", "y", "yes", "on"} else REAL
    file = mode_file(places)
    if not file.exists():
        file.write_text(f"{mode}\n")
    elif file.read_text().strip() != mode:
        raise Refused(
            f"The data in {places.run} are a demonstration: begin real work in a checkout of its own, or throw"
            " them away first with `make demo-reset`."
            if mode == REAL
            else f"The data in {places.run} are real: start with CONCENTRIC_DEMO=0."
        )


def forget_demo(places: Places) -> None:
    """Throw the demonstration away, so that the next start builds it anew."""
    file = mode_file(places)
    if not file.exists():
        print("There is no demonstration in this checkout; `make serve` builds one.")
        return
    if file.read_text().strip() != DEMO:
        raise Refused(f"The data in {places.run} are real and stay.")
    with running.hold(places, "demo-reset"):
        for folder in (
            *places.run.glob("postgres-*"),
            places.valkey_folder,
            places.run / "media",
            places.run / "evidence",
        ):
            shutil.rmtree(folder, ignore_errors=True)
        for kept in (places.accounts, file):
            kept.unlink(missing_ok=True)
    print("The demonstration is gone; `make serve` builds it anew.")
