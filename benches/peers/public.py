"""Runs an example (`gap`, `cpmp`, `sscflp`) on public instance files, compares with their best known values, prints the
table and keeps the raw results. The files are not part of this repository.

    python benches/peers/public.py cpmp ../instances/cpmp/*.txt --best ../instances/cpmp_best_known.csv --time-limit 60
"""

import argparse
import csv
import sys
from pathlib import Path

import machine


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("example")
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--best", type=Path, help="CSV with path and best_known or optimum")
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--runs", type=Path, default=machine.ROOT / "benches/runs", help="where raw results go")
    return parser.parse_args()


def known(path: Path | None) -> dict[str, float]:
    """Best known value by file name."""
    if path is None:
        return {}
    with path.open() as file:
        rows = list(csv.DictReader(file))
    return {Path(row["path"]).name: float(row.get("best_known") or row["optimum"]) for row in rows}


def main() -> int:
    arguments = parse()
    program = machine.ROOT / "target/release/examples" / arguments.example
    if not program.exists():
        print(f"not built: cargo build --release --example {arguments.example}", file=sys.stderr)
        return 1
    best, facts = known(arguments.best), machine.facts()
    raw = machine.folder(arguments.runs, facts)
    faults = 0
    print("| instance | status | value | bound | best known | value above it | bound below it | seconds | user | peak memory |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for path in arguments.files:
        # Killed when it does not keep to its limit: 5 % and a second.
        patience = 2 * arguments.time_limit + 30
        run = machine.measured([program, path.resolve(), "--time-limit", arguments.time_limit, "--format", "json"], patience)
        said = machine.answer(run)
        if said is None:
            print(f"| {path.name} | failed: {run['err'].strip()} | | | | | | | | |")
            faults += 1
            continue
        value, least = said["value"], best.get(path.name)
        over = lambda a, b: "-" if a is None or b is None else f"{(a - b) / abs(b):.4%}"
        # Published values are rounded to two decimals.
        if said["status"] == "optimal" and least is not None and abs(value - least) > 0.006:
            print(f"DISAGREEMENT {path.name}: proven {value}, best known {least}", file=sys.stderr)
            faults += 1
        late = said["seconds"] > 1.05 * arguments.time_limit + 1
        cells = [path.name, said["status"] + (" (late)" if late else ""), value, said["bound"], least or "-"]
        cells += [over(value, least), over(least, said["bound"]), f"{said['seconds']:.2f}", f"{run['user_seconds']:.2f}"]
        cells.append(f"{run['peak_rss_bytes'] / 1e6:.0f} MB")
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)
        run["command"] = f"{machine.shown(program)} {path.name} --time-limit {arguments.time_limit:g} --format json"
        kept = {key: run[key] for key in ("command", "wall_seconds", "user_seconds", "peak_rss_bytes")}
        machine.keep(raw, f"{arguments.example}-{path.stem}", {**facts, **kept, "best_known": least, **said})
    print(f"\nraw results: {machine.shown(raw)}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
