"""How random histories are tried: each machine's rules in any order, its invariants asserted after every step."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def try_any(machine: type[RuleBasedStateMachine], *, histories: int, steps: int) -> None:
    """Fails with the rules of a history after which an invariant doesn't hold."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a history takes minutes
        ),
    )
