#!/bin/sh
# Program x data set x status x gap x seconds: one line each, as src/docs/benchmarking.md prints it.
# usage: benches/programs.sh [CASELOAD] [TIME_LIMIT]; user seconds, so that other work on the machine does not count.
set -eu
caseload=${1:-target/release/caseload}
limit=${2:-60}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo "| program | members x case managers | status | gap | solve s | user s | MB |"
echo "|---|---|---|---|---|---|---|"
while read -r program members managers; do
    "$caseload" generate --program "$program" --members "$members" --managers "$managers" --seed 1 \
        --out "$folder/$program" >/dev/null 2>&1
    code=0
    \time -f '%U %M' -o "$folder/time" "$caseload" plan "$folder/$program" --out "$folder/$program-plan" --no-letters --no-handoff --no-report \
        --time-limit "$limit" --format json >"$folder/answer" 2>"$folder/errors" || code=$?
    user=$(tail -n 1 "$folder/time")
    python3 - "$program" "$folder/answer" "$code" $user <<'P'
import json, sys
program, path, code, user, memory = sys.argv[1:]
text = open(path).read()
if not text.strip():
    print(f"| `{program}` | | exit {code} | | | {user} | |")
else:
    a = json.loads(text)
    if not isinstance(a.get("members"), int):
        print(f"| `{program}` | | {a['status']} (exit {code}) | | | {user} | {int(memory) // 1024} |")
        sys.exit()
    gap = a.get("gap")
    gap = "" if gap is None else f"{100 * gap:.3f} %"
    print(f"| `{program}` | {a['members']:,} x {a['managers']:,} | {a['status']} (exit {code}) | {gap} | {a['seconds']['solve']:.2f} | {user} | {int(memory) // 1024} |")
P
done <<'LIST'
iowa-cbcm 8500 190
telephonic-60-day 35000 100
idaho-bh 3000 0
coa-intensive 900 0
california-regional-center 12000 0
georgia-now-comp 8500 0
georgia-intensive 1900 0
cwla-child-welfare 1500 0
probation-workload 3000 0
arizona-altcs 8500 0
tennessee-choices 8500 0
florida-ltc 8500 0
new-jersey-mltss 8500 0
ohio-mycare 8500 0
act-team 900 0
weighted-example 3000 0
LIST
