"""One peer on one instance in a process of its own, so that its memory and time are its own; prints one JSON object.
The peer `describe` only says what the instance is.

    python one.py PEER INSTANCE.npz SECONDS [--weights 10,16,20 --slack 0.06 --weight-seed 1]
"""

import argparse
import json
import resource
import time
from dataclasses import asdict
from pathlib import Path

import solvers
from instance import read, weigh
from peers import PEERS


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=[*PEERS, "describe"])
    parser.add_argument("npz", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--weights", default="")
    parser.add_argument("--slack", type=float, default=0.06)
    parser.add_argument("--weight-seed", type=int, default=1)
    arguments = parser.parse_args()
    started = time.perf_counter()
    instance = read(arguments.npz)
    if arguments.weights:
        weights = [int(word) for word in arguments.weights.split(",")]
        instance = weigh(instance, weights, arguments.slack, arguments.weight_seed)
    read_seconds = time.perf_counter() - started
    if arguments.peer == "describe":
        size = {"units": instance.units, "managers": instance.managers, "pairs": int((instance.cost >= 0).sum())}
        print(json.dumps({**size, "is_network": instance.is_network}))
        return
    answer = getattr(solvers, arguments.peer.replace("-", "_"))(instance, arguments.seconds)
    # A plan's cost is counted again here, from the plan: whole numbers, by the instance's own rules.
    plan, answer.plan = answer.plan, None
    line = asdict(answer)
    if plan is not None:
        line["value"] = instance.value(plan)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    line |= {
        "peer": arguments.peer,
        "units": instance.units,
        "managers": instance.managers,
        "pairs": int((instance.cost >= 0).sum()),
        "read_seconds": read_seconds,
        "wall_seconds": time.perf_counter() - started,
        "user_seconds": sum(each.ru_utime for each in used),
        "peak_rss_bytes": max(each.ru_maxrss for each in used) * 1024,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
