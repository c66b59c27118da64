"""What a figure needs beside it: the machine, the commit, the toolchain. No host name, no user, no path outside the
repository."""

import json
import os
import platform
import re
import subprocess
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def said(*command: str) -> str:
    """What a command prints, empty when it is not there or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def processor() -> str:
    if Path("/proc/cpuinfo").exists():
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
        if found:
            return " ".join(found.group(1).split())
    return said("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()


def facts() -> dict:
    """Machine, commit and toolchain of this run."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    changed = said("git", "status", "--porcelain", "--", "src", "Cargo.toml", "Cargo.lock", "models")
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cpu": processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "commit": said("git", "rev-parse", "HEAD"),
        "changes_uncommitted": bool(changed),
        "rustc": said("rustc", "--version"),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }


def folder(where: Path, machine: dict) -> Path:
    """benches/runs/<date>-<machine>, made when it is not there."""
    words = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\((r|tm)\)", "", machine["cpu"].lower())).strip("-")
    made = where / f"{machine['date']}-{words}-{machine['cores']}-cores"
    made.mkdir(parents=True, exist_ok=True)
    return made


def keep(where: Path, name: str, run: dict) -> None:
    """Writes one raw result."""
    (where / f"{name}.json").write_text(json.dumps(run, indent=1) + "\n")


def measured(command: list[str], patience: float | None = None) -> dict:
    """Runs a command: its output, wall and user seconds and peak resident memory by the kernel's own count, which starts
    from what this process holds (about 15 MB: keep it small). A command that takes longer than `patience` seconds is
    ended."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = subprocess.Popen(list(map(str, command)), stdout=out, stderr=err, cwd=ROOT)
        timer = threading.Timer(patience, child.kill) if patience else None
        if timer:
            timer.start()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if timer:
            timer.cancel()
        wall = time.perf_counter() - started
        out.seek(0)
        err.seek(0)
        return {
            "command": " ".join(shown(word) for word in command),
            "code": child.returncode,
            "wall_seconds": wall,
            "user_seconds": used.ru_utime,
            # Kilobytes on Linux, bytes on macOS.
            "peak_rss_bytes": used.ru_maxrss * (1 if platform.system() == "Darwin" else 1024),
            "out": out.read(),
            "err": err.read()[-2000:],
        }


def shown(word: object) -> str:
    """A word of a command without the folder the repository happens to be in; of other files the name alone."""
    inside = str(word).replace(f"{ROOT}/", "")
    return Path(inside).name if inside.startswith("/") else inside


def answer(run: dict) -> dict | None:
    """The JSON object at the end of a command's output: a whole output, or its last line."""
    for text in (run["out"], run["out"].strip().rsplit("\n", 1)[-1]):
        try:
            found = json.loads(text)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return None
