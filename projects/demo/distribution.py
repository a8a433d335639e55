"""How the demo's made-up amounts are spread: exactly, in whole 万元, and the same on every machine and every run."""

from collections.abc import Hashable, Mapping, Sequence
from hashlib import sha256
from typing import TypeVar

Choice = TypeVar("Choice")
Name = TypeVar("Name", bound=Hashable)


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """The total in whole parts as near to these weights as whole parts can be (largest remainder); they sum to it."""
    whole = sum(weights)
    if whole <= 0:
        raise ValueError("nothing to spread a total over")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def capped_shares(total: int, weights: Sequence[int], caps: Sequence[int]) -> list[int]:
    """As `shares`, but no part above its cap: what a cap cuts off goes to the others by their weights.

    Raises ValueError where all caps together are below the total.
    """
    if sum(caps) < total:
        raise ValueError("the caps leave no room for the total")
    fixed: dict[int, int] = {}
    while True:
        free = [i for i in range(len(weights)) if i not in fixed]
        parts = dict(zip(free, shares(total - sum(fixed.values()), [weights[i] for i in free]), strict=True))
        above = [i for i in free if parts[i] > caps[i]]
        if not above:
            return [(parts | fixed)[i] for i in range(len(weights))]
        fixed |= {i: caps[i] for i in above}


def spread(count: int, weights: Mapping[Name, int]) -> list[Name]:
    """Names repeated by their weights, so many in all, evenly mixed: the first names come before any comes twice."""
    counts = dict(zip(weights, shares(count, list(weights.values())), strict=True))
    rounds = max(counts.values(), default=0)
    return [name for turn in range(rounds) for name in weights if counts[name] > turn]


def fraction(*key: object) -> float:
    """A number from 0 up to 1 that looks drawn by lot and is always the same for the same words."""
    digest = sha256("|".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48


def between(low: float, high: float, *key: object) -> float:
    return low + (high - low) * fraction(*key)


def pick(choices: Sequence[Choice], *key: object) -> Choice:
    return choices[int(fraction(*key) * len(choices))]
