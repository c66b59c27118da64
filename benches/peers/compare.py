"""Gives the same instance to other people's solvers and to ours, one after the other on one thread each, checks that
the optima agree, keeps the raw results and prints the table of ratios. `make bench-peers`; README.md has the protocol.

    python compare.py --sizes 3000x67,10000x223 --time-limit 100
"""

import argparse
import statistics
import sys
from pathlib import Path

import machine
import ours
from peers import PEERS

HERE = Path(__file__).resolve().parent


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--sizes", default="3000x67,10000x223", help="members x managers, comma between them")
    parser.add_argument("--seed", type=int, default=101, help="of the rosters")
    parser.add_argument("--state", default="IA")
    parser.add_argument("--roster", type=Path, help="this roster instead of generated ones, with its own rules")
    parser.add_argument("--program", help="these rules (a shipped name or a file), households as they have them")
    parser.add_argument("--households", action="store_true", help="keep households together: no pure network")
    parser.add_argument("--weights", default="", help="the class of weights: draw one of these for every member")
    parser.add_argument("--slack", type=float, default=0.06, help="room above the sum of weights, as a share")
    parser.add_argument("--time-limit", type=float, default=100.0, help="seconds for each peer that knows a limit")
    parser.add_argument("--peers", default=",".join(PEERS), help=f"which of {', '.join(PEERS)}")
    parser.add_argument("--any-size", action="store_true", help="ask every peer however large the instance is")
    parser.add_argument("--repeat", type=int, default=5, help="runs of ours and the flow solver after one thrown away")
    parser.add_argument("--work", type=Path, default=machine.ROOT / "target/peers", help="rosters and exports")
    parser.add_argument("--runs", type=Path, default=machine.ROOT / "benches/runs", help="where raw results go")
    arguments = parser.parse_args()
    unknown = set(arguments.peers.split(",")) - set(PEERS)
    if unknown:
        parser.error(f"no peer {', '.join(sorted(unknown))}")
    return arguments


def median_of(runs: list[dict]) -> dict:
    """The run in the middle by solve time, with the times of all."""
    runs = sorted(runs, key=lambda run: run["solve_seconds"])
    chosen = runs[(len(runs) - 1) // 2]
    chosen["all_solve_seconds"] = [run["solve_seconds"] for run in runs]
    chosen["solve_seconds"] = statistics.median(chosen["all_solve_seconds"])
    return chosen


def repeated(once, count: int) -> dict | None:
    """One run thrown away, then the median of `count`; a run of more than a minute is not repeated."""
    first = once()
    if first is None or count <= 1 or first["wall_seconds"] > 60:
        return first
    return median_of([once() for _ in range(count)])


def one(peer: str, npz: Path, arguments: argparse.Namespace) -> list:
    """The command of a peer's process."""
    command = [sys.executable, HERE / "one.py", peer, npz, arguments.time_limit]
    if arguments.weights:
        command += ["--weights", arguments.weights, "--slack", arguments.slack, "--weight-seed", arguments.seed]
    return command


def ask(peer: str, npz: Path, arguments: argparse.Namespace) -> dict:
    """One peer in a process of its own."""
    command = one(peer, npz, arguments)
    # A limit is a request: a peer that is ten times over it (and builds for as long) is ended.
    done = machine.measured(command, 10 * arguments.time_limit + 300)
    said = machine.answer(done)
    if said is None:
        why = "out of time or memory" if done["code"] < 0 else done["err"].strip().rsplit("\n", 1)[-1]
        said = {"peer": peer, "status": "failed", "value": None, "bound": None, "build_seconds": None, "note": why}
        said |= {key: done[key] for key in ("wall_seconds", "user_seconds", "peak_rss_bytes")}
        said["solve_seconds"] = done["wall_seconds"]
    said["command"] = done["command"].replace(str(sys.executable), "python")
    return said


def disagreements(runs: list[dict]) -> list[str]:
    """Optima that differ, and bounds above somebody's plan."""
    faults = []
    exact = [run for run in runs if run["status"] == "optimal" and run["value"] is not None and not relaxed(run)]
    if len({round(run["value"]) for run in exact}) > 1:
        faults.append("optima differ: " + ", ".join(f"{run['peer']} {run['value']}" for run in exact))
    plans = [run for run in runs if run["value"] is not None and not relaxed(run)]
    for run in runs:
        for other in plans:
            # Theirs are floating-point bounds.
            if run["bound"] is not None and run["bound"] > other["value"] * (1 + 1e-9) + 1:
                faults.append(f"{run['peer']} bounds by {run['bound']}, {other['peer']} has a plan of {other['value']}")
    return faults


def relaxed(run: dict) -> bool:
    return run.get("note") == "a bound, no plan"


def table(runs: list[dict]) -> str:
    """Ratios are solve times against ours: of the engine alone when it was run, else of `plan`'s solve."""
    timed = {run["peer"]: run for run in runs if run.get("solve_seconds")}
    base = timed.get("caseload-engine") or timed.get("caseload-plan")
    plans = [run["value"] for run in runs if run["value"] is not None and not relaxed(run)]
    bounds = [run["bound"] for run in runs if run["bound"] is not None]
    words = {"caseload-plan": "caseload plan", "caseload-engine": "caseload, engine alone"}
    lines = [
        "| solver | status | cost | above the best bound | own gap | building | solving | user | peak memory | x ours |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    share = lambda a, b: "-" if a is None or b is None or a == 0 else f"{max(a - b, 0) / abs(a):.3%}"
    seconds = lambda value: "-" if value is None else f"{value:.3g} s" if value < 100 else f"{value:.0f} s"
    for run in runs:
        name = words.get(run["peer"]) or PEERS[run["peer"]][0]
        if run["status"] in ("left out", "not possible", "not built"):
            lines.append(f"| {name} | {run['status']}: {run['note']} | | | | | | | | |")
            continue
        value = None if relaxed(run) else run["value"]
        ratio = f"{run['solve_seconds'] / base['solve_seconds']:.1f}" if base else "-"
        if run["status"] != "optimal" and ratio != "-":
            ratio = f"> {ratio}"
        cells = [
            name,
            run["status"] + (f" ({run['note']})" if run.get("note") else ""),
            f"{value:,.0f}" if value is not None else "-",
            share(value, max(bounds)) if bounds and plans else "-",
            share(value, run["bound"]),
            seconds(run["build_seconds"]),
            seconds(run["solve_seconds"]),
            seconds(run["user_seconds"]),
            f"{run['peak_rss_bytes'] / 1e6:,.0f} MB",
            ratio,
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def compare(folder: Path, label: str, arguments: argparse.Namespace, facts: dict, raw: Path) -> list[str]:
    npz = ours.export(folder, arguments.program)
    told = machine.measured(one("describe", npz, arguments))
    instance = machine.answer(told)
    if instance is None:
        raise ours.Failed(f"{told['command']}\n{told['err']}")
    pairs, network = instance["pairs"], instance["is_network"]
    size = f"{instance['units']:,} units x {instance['managers']:,} managers, {pairs:,} eligible pairs"
    print(f"\n## {label}: {size}\n", flush=True)

    runs = []

    def note(run: dict) -> None:
        runs.append(run)
        words = {"roster": label, "pairs": pairs, "time_limit": arguments.time_limit, "threads": 1}
        words |= {"weights": arguments.weights, "slack": arguments.slack} if arguments.weights else {}
        machine.keep(raw, f"{label}-{run['peer']}", {**facts, **words, **run})
        print(f"  {run['peer']}: {run['status']}", file=sys.stderr, flush=True)

    def left_out(peer: str, status: str, why: str) -> None:
        runs.append({"peer": peer, "status": status, "note": why, "value": None, "bound": None})

    if arguments.weights:
        # Weights drawn here are in no roster; with --roster and rules that weigh, ours takes part.
        left_out("caseload-plan", "left out", "these weights were drawn for the peers and stand in no roster")
    else:
        note(repeated(lambda: ours.plan(folder, arguments.program, None if network else arguments.time_limit), arguments.repeat))
        alone = repeated(lambda: ours.engine(folder), arguments.repeat) if network else None
        if alone:
            note(alone)
        else:
            why = "cargo build --release --example network" if network else "the instance is no pure network"
            left_out("caseload-engine", "not built" if network else "left out", why)
    for peer in arguments.peers.split(","):
        most = PEERS[peer][1]
        if pairs > most and not arguments.any_size:
            left_out(peer, "left out", f"{pairs:,} pairs, asked up to {most:,} (--any-size)")
        elif peer == "flow":
            note(repeated(lambda: ask("flow", npz, arguments), arguments.repeat))
        else:
            note(ask(peer, npz, arguments))
    print(table(runs), flush=True)
    return [f"{label}: {fault}" for fault in disagreements(runs)]


def main() -> int:
    arguments = parse()
    if not ours.CASELOAD.exists():
        print("target/release/caseload is not built: make build", file=sys.stderr)
        return 1
    arguments.work.mkdir(parents=True, exist_ok=True)
    facts = machine.facts()
    raw = machine.folder(arguments.runs, facts)
    print(f"{facts['cpu']}, {facts['cores']} cores, {facts['memory_gib']} GiB; commit {facts['commit'][:12]}"
          f"{' with changes' if facts['changes_uncommitted'] else ''}; one thread each")  # fmt: skip
    # A file is looked for beside the roster first: name it from the root.
    if arguments.program and arguments.program.endswith(".toml"):
        arguments.program = str(Path(arguments.program).resolve())
    ruled = f"-{Path(arguments.program).stem}" if arguments.program else ""
    weighed = ruled + f"-weights-{arguments.weights.replace(',', '-')}" if arguments.weights else ruled
    faults = []
    try:
        if arguments.roster:
            # The export and plan lie beside a link in the work folder, never beside somebody's roster.
            folder = arguments.work / arguments.roster.resolve().name
            if not folder.exists():
                folder.symlink_to(arguments.roster.resolve())
            faults += compare(folder, folder.name + weighed, arguments, facts, raw)
        else:
            for size in arguments.sizes.split(","):
                members, managers = map(int, size.split("x"))
                rules = [] if arguments.households or arguments.program else ["network"]
                folder = ours.roster(arguments.work, members, managers, arguments.state, arguments.seed, rules)
                faults += compare(folder, folder.name + weighed, arguments, facts, raw)
    except ours.Failed as failed:
        print(f"a command of ours failed:\n{failed}", file=sys.stderr)
        return 1
    print(f"\nraw results: {machine.shown(raw)}")
    for fault in faults:
        print(f"DISAGREEMENT {fault}", file=sys.stderr)
    if not faults:
        print("all optima agree; no bound is above anybody's plan")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
