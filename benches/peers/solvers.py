"""One function a peer: builds the model from an instance, solves it on one thread within the time limit, and says what
it found. Building and solving are timed apart; nothing is tuned beyond threads, time limit and gap."""

import re
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np

from instance import Instance


@dataclass
class Answer:
    """What a peer says. `value`: the cost as it counts; `plan`: to be counted again, None for a linear program."""

    status: str
    value: float | None = None
    bound: float | None = None
    build_seconds: float = 0.0
    solve_seconds: float = 0.0
    version: str = ""
    plan: np.ndarray | None = None
    note: str = ""
    options: dict = field(default_factory=dict)


def eligible(instance: Instance) -> tuple[np.ndarray, np.ndarray]:
    """Unit and manager of every arc, unit by unit."""
    return np.nonzero(instance.cost >= 0)


def flow(instance: Instance, limit: float) -> Answer:
    """OR-Tools SimpleMinCostFlow. It knows no time limit."""
    from ortools.graph.python import min_cost_flow

    if not instance.is_network:
        return Answer("not possible", note="households or weights: no flow")
    started = time.perf_counter()
    units, managers = instance.units, instance.managers
    who, where = eligible(instance)
    solver = min_cost_flow.SimpleMinCostFlow()
    pairs = solver.add_arcs_with_capacity_and_unit_cost(
        who.astype(np.int32), (units + where).astype(np.int32), np.ones(len(who), np.int64), instance.cost[who, where]
    )
    sink = units + managers
    for manager, steps in enumerate(instance.steps):
        for count, price in steps:
            solver.add_arc_with_capacity_and_unit_cost(units + manager, sink, count, price)
    if instance.unserved >= 0:
        unit = np.arange(units, dtype=np.int32)
        solver.add_arcs_with_capacity_and_unit_cost(
            unit, np.full(units, sink, np.int32), np.ones(units, np.int64), np.full(units, instance.unserved, np.int64)
        )
    supplies = np.ones(sink + 1, np.int64)
    supplies[units:sink] = 0
    supplies[sink] = -units
    solver.set_nodes_supplies(np.arange(sink + 1, dtype=np.int32), supplies)
    built = time.perf_counter()
    status = solver.solve()
    done = time.perf_counter()
    answer = Answer(status.name.lower(), None, None, built - started, done - built, version("ortools"))
    if status == solver.OPTIMAL:
        flows = solver.flows(pairs)
        answer.plan = np.full(units, -1)
        answer.plan[who[flows > 0]] = where[flows > 0]
        answer.value = answer.bound = solver.optimal_cost()
    return answer


def cp_sat(instance: Instance, limit: float) -> Answer:
    """OR-Tools CP-SAT, one worker."""
    from ortools.sat.python import cp_model

    started = time.perf_counter()
    model = cp_model.CpModel()
    who, where = eligible(instance)
    arcs = [model.new_bool_var("") for _ in range(len(who))]
    prices = instance.cost[who, where].tolist()
    terms, weights = list(arcs), list(prices)
    by_unit: list[list] = [[] for _ in range(instance.units)]
    by_manager: list[list] = [[] for _ in range(instance.managers)]
    for arc, unit, manager in zip(arcs, who.tolist(), where.tolist()):
        by_unit[unit].append(arc)
        by_manager[manager].append((arc, unit))
    for unit, choices in enumerate(by_unit):
        if instance.unserved >= 0:
            choices.append(model.new_bool_var(""))
            terms.append(choices[-1])
            weights.append(instance.unserved * int(instance.size[unit]))
        model.add_exactly_one(choices)
    size = instance.size.tolist()
    for manager, steps in enumerate(instance.steps):
        filled = [model.new_int_var(0, count, "") for count, _ in steps]
        terms += filled
        weights += [price for _, price in steps]
        load = cp_model.LinearExpr.weighted_sum(
            [arc for arc, _ in by_manager[manager]], [size[unit] for _, unit in by_manager[manager]]
        )
        model.add(load == cp_model.LinearExpr.sum(filled))
    for each in instance.loads:
        use = each.use.tolist()
        inside = by_manager[each.manager]
        model.add(cp_model.LinearExpr.weighted_sum([a for a, _ in inside], [use[u] for _, u in inside]) <= each.limit)
    model.minimize(cp_model.LinearExpr.weighted_sum(terms, weights))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    built = time.perf_counter()
    solver.parameters.max_time_in_seconds = limit
    status = solver.solve(model)
    done = time.perf_counter()
    words = {cp_model.OPTIMAL: "optimal", cp_model.FEASIBLE: "limit", cp_model.UNKNOWN: "limit"}
    answer = Answer(words.get(status, solver.status_name(status).lower()), None, None, built - started, done - built)
    answer.version = version("ortools")
    if status != cp_model.INFEASIBLE:
        answer.bound = solver.best_objective_bound
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        answer.value = solver.objective_value
        chosen = np.array([solver.boolean_value(arc) for arc in arcs], dtype=bool)
        answer.plan = np.full(instance.units, -1)
        answer.plan[who[chosen]] = where[chosen]
    return answer


def highs_model(instance: Instance, integer: bool):
    """The program as HiGHS takes it, column by column: arcs, unserved, steps; rows: units, managers, weighted limits."""
    import highspy

    units, managers, inf = instance.units, instance.managers, highspy.kHighsInf
    who, where = eligible(instance)
    arcs = len(who)
    # Every arc: its unit, its manager, and the weighted limits of that manager.
    of_manager: list[list[int]] = [[] for _ in range(managers)]
    for row, load in enumerate(instance.loads):
        of_manager[load.manager].append(row)
    depth = max((len(rows) for rows in of_manager), default=0)
    entries = [(who, np.ones(arcs)), (units + where, instance.size[who].astype(float))]
    for level in range(depth):
        row = np.array([rows[level] if level < len(rows) else -1 for rows in of_manager])[where]
        use = np.zeros(arcs)
        for at, load in enumerate(instance.loads):
            mine = row == at
            use[mine] = load.use[who[mine]]
        entries.append((np.where(use != 0, units + managers + row, -1), use))
    index = np.stack([rows for rows, _ in entries], axis=1).ravel()
    value = np.stack([values for _, values in entries], axis=1).ravel()
    kept = index >= 0
    lengths = kept.reshape(arcs, -1).sum(axis=1)
    index, value = index[kept], value[kept]
    cost = [instance.cost[who, where].astype(float)]
    upper = [np.ones(arcs)]
    if instance.unserved >= 0:
        index = np.concatenate([index, np.arange(units)])
        value = np.concatenate([value, np.ones(units)])
        lengths = np.concatenate([lengths, np.ones(units, int)])
        cost.append(instance.unserved * instance.size.astype(float))
        upper.append(np.ones(units))
    whole = len(lengths)
    steps = [(manager, *step) for manager, steps in enumerate(instance.steps) for step in steps]
    index = np.concatenate([index, np.array([units + manager for manager, _, _ in steps], dtype=index.dtype)])
    value = np.concatenate([value, np.full(len(steps), -1.0)])
    lengths = np.concatenate([lengths, np.ones(len(steps), int)])
    cost.append(np.array([price for _, _, price in steps], dtype=float))
    upper.append(np.array([count for _, count, _ in steps], dtype=float))

    lp = highspy.HighsLp()
    lp.num_col_ = len(lengths)
    lp.num_row_ = units + managers + len(instance.loads)
    lp.col_cost_ = np.concatenate(cost)
    lp.col_lower_ = np.zeros(lp.num_col_)
    lp.col_upper_ = np.concatenate(upper)
    limits = np.array([load.limit for load in instance.loads], dtype=float)
    lp.row_lower_ = np.concatenate([np.ones(units), np.zeros(managers), np.full(len(limits), -inf)])
    lp.row_upper_ = np.concatenate([np.ones(units), np.zeros(managers), limits])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    lp.a_matrix_.index_ = index.astype(np.int32)
    lp.a_matrix_.value_ = value
    if integer:
        kinds = [highspy.HighsVarType.kInteger] * whole + [highspy.HighsVarType.kContinuous] * len(steps)
        lp.integrality_ = kinds
    return lp, (who, where)


def highs(instance: Instance, limit: float, integer: bool) -> Answer:
    import highspy

    started = time.perf_counter()
    lp, (who, where) = highs_model(instance, integer)
    solver = highspy.Highs()
    solver.silent()
    options = {"threads": 1, "parallel": "off", "time_limit": float(limit), "mip_rel_gap": 0.0, "mip_abs_gap": 0.9}
    for name, value in options.items():
        solver.setOptionValue(name, value)
    solver.passModel(lp)
    built = time.perf_counter()
    solver.run()
    done = time.perf_counter()
    status = solver.getModelStatus()
    words = {highspy.HighsModelStatus.kOptimal: "optimal", highspy.HighsModelStatus.kTimeLimit: "limit"}
    answer = Answer(words.get(status, solver.modelStatusToString(status).lower()), None, None, built - started)
    answer.solve_seconds, answer.version, answer.options = done - built, version("highspy"), options
    info = solver.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if integer:
        answer.bound = info.mip_dual_bound if np.isfinite(info.mip_dual_bound) else None
    elif status == highspy.HighsModelStatus.kOptimal:
        answer.bound = info.objective_function_value
    if found and (integer or answer.status == "optimal"):
        answer.value = info.objective_function_value
    if found and integer:
        taken = np.array(solver.getSolution().col_value)[: len(who)] > 0.5
        answer.plan = np.full(instance.units, -1)
        answer.plan[who[taken]] = where[taken]
    if not integer and not instance.is_network:
        answer.note = "a bound, no plan"
    return answer


def highs_lp(instance: Instance, limit: float) -> Answer:
    """HiGHS, the linear program: for a network also its optimum."""
    return highs(instance, limit, False)


def highs_mip(instance: Instance, limit: float) -> Answer:
    """HiGHS, the integer program."""
    return highs(instance, limit, True)


def write_mps(instance: Instance, folder: str) -> tuple[Path, tuple[np.ndarray, np.ndarray]]:
    """The integer program as a file, for those who read files."""
    import highspy

    lp, arcs = highs_model(instance, True)
    lp.col_names_ = [f"c{at}" for at in range(lp.num_col_)]
    lp.row_names_ = [f"r{at}" for at in range(lp.num_row_)]
    writer = highspy.Highs()
    writer.silent()
    writer.passModel(lp)
    path = Path(folder) / "model.mps"
    writer.writeModel(str(path))
    return path, arcs


def scip(instance: Instance, limit: float) -> Answer:
    """SCIP, as PySCIPOpt ships it; building includes reading the MPS file, not writing it."""
    from pyscipopt import Model

    with tempfile.TemporaryDirectory() as folder:
        path, (who, where) = write_mps(instance, folder)
        started = time.perf_counter()
        model = Model()
        model.hideOutput()
        model.readProblem(str(path))
    model.setParam("limits/time", limit)
    model.setParam("parallel/maxnthreads", 1)
    model.setParam("lp/threads", 1)
    built = time.perf_counter()
    model.optimize()
    done = time.perf_counter()
    words = {"optimal": "optimal", "timelimit": "limit"}
    answer = Answer(words.get(model.getStatus(), model.getStatus()), None, None, built - started, done - built)
    answer.version = f"{model.version()} (PySCIPOpt {version('PySCIPOpt')})"
    bound = model.getDualbound()
    answer.bound = bound if abs(bound) < model.infinity() else None
    if model.getNSols() > 0:
        best = model.getBestSol()
        answer.value = model.getSolObjVal(best)
        named = {variable.name: variable for variable in model.getVars()}
        answer.plan = np.full(instance.units, -1)
        for at, (unit, manager) in enumerate(zip(who.tolist(), where.tolist())):
            if f"c{at}" in named and model.getSolVal(best, named[f"c{at}"]) > 0.5:
                answer.plan[unit] = manager
    return answer


def cbc(instance: Instance, limit: float) -> Answer:
    """CBC, the program that PuLP ships, by way of files; its own clock, reading included."""
    import pulp

    binary = Path(pulp.PULP_CBC_CMD(msg=False).path)
    with tempfile.TemporaryDirectory() as folder:
        path, (who, where) = write_mps(instance, folder)
        solution = Path(folder) / "solution.txt"
        command = [binary, path, "sec", limit, "ratio", 0, "threads", 0, "solve", "solution", solution]
        started = time.perf_counter()
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - started
        lines = solution.read_text().splitlines() if solution.exists() else []
    head = lines[0] if lines else ""
    number = r"(-?[\d.]+(?:e[+-]?\d+)?)"
    status = "optimal" if head.startswith("Optimal") else "limit" if "time" in head else head.split(" -")[0].lower()
    answer = Answer(status or "no answer", None, None, 0.0, seconds)
    built = re.search(r"Version:\s*(\S+)", done.stdout)
    answer.version = f"{built.group(1) if built else '?'} (PuLP {version('PuLP')})"
    value = re.search(r"objective value\s+" + number, head, re.I)
    bound = re.search(r"Lower bound:\s+" + number, done.stdout, re.I)
    taken = [int(row[1][1:]) for row in map(str.split, lines[1:]) if row[0] != "**" and float(row[2]) > 0.5]
    taken = [at for at in taken if at < len(who)]
    if value and len(taken) == instance.units:
        answer.value = float(value.group(1))
        answer.plan = np.full(instance.units, -1)
        answer.plan[who[taken]] = where[taken]
    if status == "optimal":
        answer.bound = answer.value
    elif bound:
        answer.bound = float(bound.group(1))
    return answer
