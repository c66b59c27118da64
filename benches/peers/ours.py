"""Our own side of a comparison: rosters, their export, and our answers."""

import re
from pathlib import Path

import machine

CASELOAD = machine.ROOT / "target/release/caseload"
ENGINE = machine.ROOT / "target/release/examples/network"

# Rules that a comparison changes: what stands in the shipped program, and what then stands there.
CHANGES = {
    # Without households the problem is a pure network.
    "network": (r'(\[households\]\s*\nrule = )"[a-z_]+"', r'\1"off"'),
    # A small roster of a whole nation has members whom nobody reaches within the limit.
    "anywhere": (r"(distance = \{ max_miles = )\d+", r"\g<1>0"),
}


class Failed(Exception):
    """A command of ours that did not do what it should: nothing to compare with."""


def run(*words) -> dict:
    done = machine.measured([str(word) for word in words])
    if done["code"] != 0:
        raise Failed(f"{done['command']}\n{done['err'].strip() or done['out'].strip()}")
    return done


def roster(work: Path, members: int, managers: int, state: str, seed: int, changes: list[str]) -> Path:
    """A generated roster; made once. `changes` (names in CHANGES) go into rules of its own, which lie
    beside it as `program.toml`: so every command reads them."""
    folder = work / "-".join([f"{state.lower()}-{members}x{managers}-seed{seed}", *sorted(changes)])
    if (folder / "members.csv").exists():
        return folder
    run(CASELOAD, "generate", "--members", members, "--managers", managers, "--state", state, "--seed", seed,
        "--out", folder, "--force")  # fmt: skip
    rules = (machine.ROOT / "models/programs/iowa-cbcm.toml").read_text()
    for pattern, replacement in map(CHANGES.get, changes):
        rules, count = re.subn(pattern, replacement, rules)
        if count != 1:
            raise Failed(f"models/programs/iowa-cbcm.toml: {count} places match {pattern}")
    if changes:
        (folder / "program.toml").write_text(rules)
        settings = folder / "caseload.toml"
        settings.write_text(settings.read_text().replace('program = "iowa-cbcm"', 'program = "program.toml"'))
    return folder


def export(folder: Path, program: str | None) -> Path:
    """The roster's model as npz."""
    npz = folder.with_name(folder.name + ".npz")
    run(CASELOAD, "model", folder, "--format", "npz", "--out", npz, "--force", *(["--program", program] * bool(program)))
    return npz


def plan(folder: Path, program: str | None, limit: float | None, threads: int = 1) -> dict:
    """`caseload plan`: the whole command, and of it the seconds of the solve alone."""
    rules = ["--program", program] if program else []
    limits = ["--time-limit", limit] if limit else []
    done = run(CASELOAD, "plan", folder, "--out", folder.with_name(folder.name + "-plan"), "--force", "--no-letters",
               "--no-report", "--threads", threads, "--format", "json", *rules, *limits)  # fmt: skip
    said = machine.answer(done)
    if said is None:
        raise Failed(f"{done['command']}: no JSON")
    return {
        "peer": "caseload-plan",
        "version": machine.said(str(CASELOAD), "--version"),
        "status": said["status"],
        "value": said["cost"],
        "bound": said["bound"],
        "gap": said["gap"],
        "solve_seconds": said["seconds"]["solve"],
        "build_seconds": said["seconds"]["model"],
        "seconds": said["seconds"],
        "command": done["command"],
        "wall_seconds": done["wall_seconds"],
        "user_seconds": done["user_seconds"],
        "peak_rss_bytes": done["peak_rss_bytes"],
    }


def engine(folder: Path) -> dict | None:
    """The network engine alone: costs, plan and certificate from the roster in memory. `None` when it is not built."""
    if not ENGINE.exists():
        return None
    done = run(ENGINE, folder, "--format", "json")
    said = machine.answer(done)
    if said is None:
        raise Failed(f"{done['command']}: no JSON")
    return {
        "peer": "caseload-engine",
        "status": "optimal" if said["value"] == said["bound"] else "limit",
        "value": said["value"],
        "bound": said["bound"],
        "solve_seconds": said["seconds"],
        "build_seconds": 0.0,
        "command": done["command"],
        "wall_seconds": done["wall_seconds"],
        "user_seconds": done["user_seconds"],
        "peak_rss_bytes": said["peak_rss_bytes"],
    }
