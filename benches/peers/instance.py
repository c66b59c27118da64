"""The exported model of a roster (`caseload model --format npz`) as every peer needs it.

Units are what is placed: members, or households whose costs are added up. A manager's places cost more and more
(balance); places that cost the same are one step.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass
class Load:
    """sum of use[unit] over the manager's units <= limit."""

    manager: int
    limit: int
    use: np.ndarray


@dataclass
class Instance:
    """Minimise arc costs + step costs: every unit on one arc, loads within steps, weighted loads within limits."""

    cost: np.ndarray  # units x managers, seconds a year; -1 = not eligible
    size: np.ndarray  # places a unit takes
    steps: list[list[tuple[int, int]]]  # manager by manager (how many places, what each costs), never falling
    unserved: int  # cost of a member unserved, -1 = no choice
    loads: list[Load]

    @property
    def units(self) -> int:
        return self.cost.shape[0]

    @property
    def managers(self) -> int:
        return self.cost.shape[1]

    @property
    def is_network(self) -> bool:
        """Is it a minimum-cost flow, whose linear program has whole solutions?"""
        return bool((self.size == 1).all()) and not self.loads

    def value(self, plan: np.ndarray) -> int:
        """Cost of a plan (unit by unit the manager, -1 = unserved); an error when it breaks a rule."""
        served = plan >= 0
        if not served.all() and self.unserved < 0:
            raise ValueError("a unit is unserved")
        costs = self.cost[np.flatnonzero(served), plan[served]]
        if (costs < 0).any():
            raise ValueError("a pair that is not eligible")
        total = int(costs.sum()) + self.unserved * int(self.size[~served].sum())
        filled = np.bincount(plan[served], weights=self.size[served], minlength=self.managers).astype(int)
        for manager, steps in enumerate(self.steps):
            left = int(filled[manager])
            for count, price in steps:
                used = min(count, left)
                total += used * price
                left -= used
            if left:
                raise ValueError(f"manager {manager} is over the cap")
        for load in self.loads:
            if load.use[plan == load.manager].sum() > load.limit:
                raise ValueError(f"manager {load.manager} is over a weighted limit")
        return total


def read(path: Path) -> Instance:
    """Reads the npz. Members with one unit number stay together; -1 is nobody's to place."""
    with np.load(path) as arrays:
        cost, unit, balance = arrays["cost"], arrays["unit"], arrays["balance"]
        unserved = int(arrays["unserved"][0])
        has_loads = "load" in arrays.files
        rows = (arrays["load_manager"], arrays["load_capacity"], arrays["load"]) if has_loads else None
    units = int(unit.max()) + 1
    placed = unit >= 0
    size = np.bincount(unit[placed], minlength=units)
    if units == int(placed.sum()):
        # One member a unit: no adding up, which needs twice the memory.
        order = np.argsort(unit[placed])
        joined = cost if placed.all() and (order == np.arange(units)).all() else cost[placed][order]
    else:
        joined = np.zeros((units, cost.shape[1]), dtype=np.int64)
        np.add.at(joined, unit[placed], np.maximum(cost[placed], 0))
        barred = np.zeros_like(joined, dtype=bool)
        np.logical_or.at(barred, unit[placed], cost[placed] < 0)
        joined[barred] = -1
    loads = []
    for manager, limit, use in zip(*rows) if rows else ():
        by_unit = np.zeros(units, dtype=np.int64)
        np.add.at(by_unit, unit[placed], use[placed])
        loads.append(Load(int(manager), int(limit), by_unit))
    return Instance(joined, size, [steps_of(row) for row in balance], unserved, loads)


def steps_of(places: np.ndarray) -> list[tuple[int, int]]:
    """Costs of the first, second, ... place (-1 behind the last) as steps."""
    steps: list[tuple[int, int]] = []
    for price in places[places >= 0].tolist():
        if steps and steps[-1][1] == price:
            steps[-1] = (steps[-1][0] + 1, price)
        else:
            steps.append((1, price))
    return steps


def weigh(instance: Instance, weights: list[int], slack: float, seed: int) -> Instance:
    """The same instance with a drawn weight for every unit and one weighted limit for every manager: `slack` more than
    an even share of all weight, managers with fewer places in proportion. The class of acuity weights."""
    drawn = np.random.default_rng(seed).choice(np.array(weights), size=instance.units) * instance.size
    places = np.array([sum(count for count, _ in steps) for steps in instance.steps])
    share = drawn.sum() * (1 + slack) / max(int(places.sum()), 1)
    limits = np.floor(share * places).astype(int)
    loads = [Load(manager, int(limit), drawn) for manager, limit in enumerate(limits)]
    return Instance(instance.cost, instance.size, instance.steps, instance.unserved, loads)
