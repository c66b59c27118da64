"""How our time and memory grow from 1,000 to 1,000,000 members: rosters of the whole nation, as many case managers as the
rule needs, several seeds; raw results and the plot of `src/docs/benchmarking.md`. `make bench-growth`.

    python growth.py --sizes 1000,3000,10000 --seeds 101,102 --plot growth.svg
    python growth.py --draw benches/runs/2026-11-23-amd-epyc-2-cores --plot src/docs/images/growth.svg
"""

import argparse
import json
import statistics
import sys
from pathlib import Path

import machine
import ours
from chart import Panel, Series, draw

SIZES = "1000,3000,10000,30000,100000,300000,1000000"
ENGINE, PLAN = "engine: costs, plan and proof", "whole command: reading, plan, check, files"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--sizes", default=SIZES, help="members, comma between them")
    parser.add_argument("--seeds", default="101,102,103", help="of the rosters; each point is their median")
    parser.add_argument("--state", default="US")
    parser.add_argument("--plan-up-to", type=int, default=100_000, help="members up to which the whole command runs too")
    parser.add_argument("--stop-after", type=float, default=300.0, help="no larger size after a run of so many seconds")
    parser.add_argument("--work", type=Path, default=machine.ROOT / "target/peers", help="rosters")
    parser.add_argument("--runs", type=Path, default=machine.ROOT / "benches/runs", help="where raw results go")
    parser.add_argument("--plot", type=Path, default=machine.ROOT / "src/docs/images/growth.svg")
    parser.add_argument("--draw", type=Path, help="only draw, from the raw results of this folder")
    return parser.parse_args()


def measure(arguments: argparse.Namespace) -> Path:
    """Runs every size and seed; each kind stops growing by itself."""
    facts = machine.facts()
    raw = machine.folder(arguments.runs, facts)
    arguments.work.mkdir(parents=True, exist_ok=True)
    kinds = {"growth-engine": lambda folder: ours.engine(folder), "growth-plan": lambda folder: ours.plan(folder, None, None)}
    if not ours.ENGINE.exists():
        print("engine alone: not built (cargo build --release --example network)", file=sys.stderr)
        del kinds["growth-engine"]
    for size in sorted(map(int, arguments.sizes.split(","))):
        for seed in map(int, arguments.seeds.split(",")):
            wanted = [kind for kind in kinds if kind != "growth-plan" or size <= arguments.plan_up_to]
            if not wanted:
                continue
            folder = ours.roster(arguments.work, size, 0, arguments.state, seed, ["anywhere", "network"])
            for kind in wanted:
                run = kinds[kind](folder)
                kept = {**facts, "kind": kind, "members": size, "seed": seed, "state": arguments.state, "threads": 1}
                machine.keep(raw, f"{kind}-{size}-seed{seed}", kept | run)
                seconds = run["solve_seconds"] if kind == "growth-engine" else run["wall_seconds"]
                words = f"{size:>9,} members, seed {seed}: {seconds:8.3f} s, {run['peak_rss_bytes'] / 1e6:7,.0f} MB"
                print(f"{kind[7:]:>6} {words}, {run['status']}", flush=True)
                if run["wall_seconds"] > arguments.stop_after:
                    print(f"{kind[7:]}: no larger sizes", flush=True)
                    del kinds[kind]
    return raw


def series(raw: Path, kind: str, figure: str, scale: float) -> list[tuple[float, float]]:
    """Members and the median over seeds."""
    by_size: dict[int, list[float]] = {}
    for file in sorted(raw.glob(f"{kind}-*.json")):
        run = json.loads(file.read_text())
        by_size.setdefault(run["members"], []).append(run[figure] * scale)
    return [(size, statistics.median(values)) for size, values in sorted(by_size.items())]


def main() -> int:
    arguments = parse()
    try:
        raw = arguments.draw or measure(arguments)
    except ours.Failed as failed:
        print(f"a command of ours failed:\n{failed}", file=sys.stderr)
        return 1
    seconds = [
        Series(ENGINE, series(raw, "growth-engine", "solve_seconds", 1.0)),
        Series(PLAN, series(raw, "growth-plan", "wall_seconds", 1.0)),
    ]
    memory = [
        Series(ENGINE, series(raw, "growth-engine", "peak_rss_bytes", 1e-6)),
        Series(PLAN, series(raw, "growth-plan", "peak_rss_bytes", 1e-6)),
    ]
    panels = [Panel("Seconds", "s", seconds), Panel("Peak memory", "MB", memory)]
    if not any(each.points for panel in panels for each in panel.series):
        print(f"{raw} holds no growth runs", file=sys.stderr)
        return 1
    arguments.plot.write_text(draw(panels, "members", f"One thread; raw results: benches/runs/{raw.name}"))
    print(f"drawn: {machine.shown(arguments.plot)}; raw results: {machine.shown(raw)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
