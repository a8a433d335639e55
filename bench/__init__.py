"""How fast: one file a question, each prints a ratio against its yardstick. Run by `make bench`.

To add a question, write a file here, named by what it asks, with a list QUESTIONS (or one QUESTION) of
`measure.Question`: its number, its title, its goals (bound, direction and yardstick), and a context manager that makes
the runs ready at a size:

    @contextmanager
    def contest(size: int) -> Iterator[Contest]:
        with population.to_write(size) as place:  # or `place = population.ensure(size)`, where it only reads
            yield Contest({"ours": timed(ours), "the yardstick": timed(theirs)}, plans=lambda: [explain(…)])

Django's connection is one to the database of that size, with a clean slate; `to_write` undoes what was done to it.
`timed` makes a run of a function; a run of your own returns its cost, and may make ready what it doesn't count. All
runs of a contest happen in one process and minute, interleaved; `measure.rows` takes medians and judges. A file is
imported when Django is set up, and may import everything; nothing imports bench. At SIZE=small all of it ends within
ten minutes, so a question takes seconds there: give it fewer `small` sizes where it can't.
"""
