"""Tables of the packet plane: how fast they take entries, and how long forwarding stands still meanwhile."""

import json
import subprocess

import programs

PAUSE_BENCH = programs.BUILD / "src" / "pipeline" / "pipeline_pause_bench"
# What the clock shows of a thread that only looks at the clock is the machine's; `own` is without the time in which the
# kernel ran somebody else.
PAUSE_US_MAX = 1000
INSERTS_MIN = {"exact": 500e3, "IPv4": 500e3}


def bench_tables(results):
    out = subprocess.run([PAUSE_BENCH, "--json"], check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        row = json.loads(line)
        name = f"{row['name']}, {row['entries']} entries"
        goal = next((goal for start, goal in INSERTS_MIN.items() if row["name"].startswith(start)), None)
        results.add(f"{name}: insertions", "1/s", row["inserts"], goal=goal,
                    note=f"slowest 64: {row['slowest_64_inserts_ns'] / 1e6:.2f} ms")  # fmt: skip
        results.add(f"{name}: longest pause", "us", row["own_ns"] / 1000, "bare spin", row["bare_own_ns"] / 1000,
                    goal=PAUSE_US_MAX, is_less_better=True,
                    note=f"by the clock {row['longest_ns'] / 1000:.0f}, {row['bare_longest_ns'] / 1000:.0f} us")  # fmt: skip
