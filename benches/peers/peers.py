"""The peers: name, words for the table, pairs up to which one is asked unless told otherwise. Beyond, building alone takes
longer than the limit or more memory than most machines have. The function of the same name is in `solvers.py`.

No numpy here: whoever starts the runs must stay small, since a process counts what its parent held as its own peak.
"""

PEERS = {
    "flow": ("OR-Tools SimpleMinCostFlow", 30_000_000),
    "highs-lp": ("HiGHS, linear program", 5_000_000),
    "highs-mip": ("HiGHS, integer program", 5_000_000),
    "cp-sat": ("OR-Tools CP-SAT", 1_000_000),
    "scip": ("SCIP", 1_000_000),
    "cbc": ("CBC", 1_000_000),
}
