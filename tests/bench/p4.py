"""Programs in P4: our native code beside DPDK's SWX pipeline (interpreter and generated C) and loops by hand, on one
core with 64-byte packets in memory. tests/bench/p4/p4_bench measures; here are the rows, and the tables of
docs/performance.md.

SWX's generated C wants a header of DPDK's source that Debian's package lacks: it is fetched once, by apt, into
build/bench/swx.
"""

import json
import resource
import statistics
import subprocess

import programs
from programs import BUILD, PROJECT, BenchError

P4_BENCH = BUILD / "tests" / "bench" / "p4" / "p4_bench"
OUTRIGGER_P4 = BUILD / "src" / "cli" / "outrigger-p4"
FOLDER = PROJECT / "build" / "bench" / "swx"
HEADER = "rte_swx_pipeline_internal.h"
PEERS = {"generated": "SWX, generated C", "interpreted": "SWX, interpreter", "hand": "a loop by hand"}
# Program, entries, name, and what is asked for: so many times the peer.
MAIN = [
    ("l2", 65536, "L2, 64 k addresses", {"generated": 4, "interpreted": None, "hand": 0.6}),
    ("lpm", 10000, "IPv4 LPM, 10 k routes", {"generated": 6, "interpreted": None, "hand": 0.6}),
    ("vxlan", 4096, "VXLAN encapsulation, 4 k tunnels", {"generated": 4, "interpreted": None, "hand": 0.6}),
]
ENTRIES = {"l2": (1000, 10000, 65536, 262144, 1000000), "lpm": (1000, 10000, 100000, 1000000)}
# SWX has rte_acl for prefixes, and makes it anew for each change: 10 k routes are enough for it.
SWX_ROUTES_MAX = 10000
CURVES = ("ours", "hand", "generated")
ALL = (*CURVES, "interpreted")
TABLES = (1, 2, 4, 8, 16)
# Of the compiler's whole process, for each program that ships: what other processes do does not count.
COMPILE_GOAL_MS = 1000
COMPILE_VERBS = {"source to machine code": ("compile", "--native"),
                 "source to code for bursts": ("bench", "--seconds", "0.001")}  # fmt: skip


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(map(str, command))}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def fetch_headers():
    """The folder with SWX's internal headers, of the DPDK that is installed."""
    version = run("dpkg-query", "-W", "-f", "${source:Version}", "libdpdk-dev")
    folder = FOLDER / version
    if (folder / HEADER).exists():
        return folder
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / "apt" / part).mkdir(parents=True, exist_ok=True)
    sources = folder / "apt" / "sources.list"
    # Where this machine's packages come from, their sources are.
    indexes = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages")
    sources.write_text("".join(f"deb-src {index}\n" for index in sorted(set(indexes.split("\n"))) if index))
    options = [f"-oDir::Etc::sourcelist={sources}", "-oDir::Etc::sourceparts=-",
               f"-oDir::State::lists={folder}/apt/lists", f"-oDir::Cache={folder}/apt/cache"]  # fmt: skip
    run("apt-get", *options, "-q", "update", timeout=300)
    run("apt-get", *options, "-q", "source", "--download-only", f"dpdk={version}", cwd=folder / "apt", timeout=600)
    archive = next((folder / "apt").glob("dpdk_*.orig.tar.xz"))
    run("tar", "-xf", archive, "-C", folder, "--strip-components=3", "--wildcards", "*/lib/pipeline/*.h")
    return folder


def measure(program, entries, tables, rounds, headers, contenders):
    """{contender: {"rates": […], "cycles": […]}}, and how long the compiler took."""
    text = run(P4_BENCH, program, entries, tables, programs.TARGET_CPU, rounds, FOLDER, headers or "none", *contenders,
               timeout=600)  # fmt: skip
    return json.loads(text[text.index("{"):])


def contenders_with(headers, program, entries, names):
    is_too_much = program == "lpm" and entries > SWX_ROUTES_MAX
    return [name for name in names if name in ("ours", "hand") or (headers and not is_too_much)]


def bench_p4(results, rounds):
    headers = None
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        headers = fetch_headers()
        measure("l2", 16, 1, 1, headers, ["generated"])
    except (BenchError, OSError, StopIteration, subprocess.TimeoutExpired) as error:
        print(f"bench: no rows beside DPDK's SWX: {error}\n"
              "bench: they need libdpdk-dev (tools/install-packages --bench; then `make build` once more), and Debian's "
              "source of it")  # fmt: skip
    bench_main(results, rounds, headers)
    tables = [main_table(results), growth(results, rounds, headers), sizes(results, rounds, headers),
              compile_times(results, rounds)]  # fmt: skip
    (PROJECT / "build" / "bench" / "p4.md").write_text("\n\n".join(tables) + "\n", encoding="utf-8")
    print("\n" + "\n\n".join(tables) + "\n\nbench: these tables are in build/bench/p4.md")


def bench_main(results, rounds, headers):
    for program, entries, what, goals in MAIN:
        names = contenders_with(headers, program, entries, ALL)
        found = measure(program, entries, 1, max(rounds, 5), headers, names)
        for peer, goal in goals.items():
            if peer in found:
                pairs = list(zip(found["ours"]["rates"], found[peer]["rates"]))
                results.add_pairs(f"P4, {what}", "pkt/s", pairs, PEERS[peer], goal)
        for name in ("ours", *(peer for peer in goals if peer in found)):
            results.add(f"P4, {what}: {PEERS.get(name, 'ours')}", "cycles", statistics.median(found[name]["cycles"]))
        results.add(f"P4, {what}: source to machine code", "ms", found["compile_ms"])


def main_table(results):
    """The rows of bench_main, as docs/performance.md shows them."""
    lines = ["| program | ours, M packets/s | cycles | peer | peer's, M packets/s | cycles | ratio | goal | |",
             "|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    cycles = {row["name"]: row["value"] for row in results.rows if row["unit"] == "cycles"}
    for row in results.rows:
        what = row["name"].removeprefix("P4, ")
        goals = next((goals for _, _, name, goals in MAIN if name == what), None)
        if goals is None:
            continue
        goal = goals[next(name for name, text in PEERS.items() if text == row["peer"])]
        verdict = {None: "", True: "reached", False: "**missed**"}[row["pass"]]
        lines.append(f"| {what} | {row['value'] / 1e6:.1f} | {cycles[row['name'] + ': ours']:.0f} | {row['peer']} "
                     f"| {row['peer_value'] / 1e6:.1f} | {cycles[row['name'] + ': ' + row['peer']]:.0f} "
                     f"| {row['value'] / row['peer_value']:.2f} | {goal or ''} | {verdict} |")  # fmt: skip
    return "\n".join(lines)


def cell(found, name):
    if name not in found:
        return "-"
    return f"{statistics.median(found[name]['rates']) / 1e6:.1f} ({statistics.median(found[name]['cycles']):.0f})"


def add_growth(results, what, found):
    rates = {name: statistics.median(found[name]["rates"]) for name in ("ours", "generated", "hand") if name in found}
    peer = "generated" if "generated" in rates else "hand"
    results.add(f"P4, {what}", "pkt/s", rates["ours"], PEERS[peer], rates[peer])


def growth(results, rounds, headers):
    lines = ["| entries | ours, M packets/s (cycles) | SWX, generated C | a loop by hand |", "|---|---|---|---|"]
    for program, counts in ENTRIES.items():
        for entries in counts:
            found = measure(program, entries, 1, rounds, headers, contenders_with(headers, program, entries, CURVES))
            what = f"{program.upper()}, {entries:,}"
            add_growth(results, f"{what} entries", found)
            lines.append(f"| {what} | {cell(found, 'ours')} | {cell(found, 'generated')} | {cell(found, 'hand')} |")
    return "\n".join(lines)


def sizes(results, rounds, headers):
    lines = ["| tables in a row | ours, M packets/s (cycles) | SWX, generated C | a loop by hand | compiled in |",
             "|---|---|---|---|---|"]  # fmt: skip
    for tables in TABLES:
        found = measure("tables", 4096, tables, rounds, headers, contenders_with(headers, "tables", 4096, CURVES))
        add_growth(results, f"tables in a row: {tables}, of 4,096 entries each", found)
        lines.append(f"| {tables} | {cell(found, 'ours')} | {cell(found, 'generated')} | {cell(found, 'hand')} "
                     f"| {found['compile_ms']:.0f} ms |")  # fmt: skip
    return "\n".join(lines)


def cpu_ms(*command):
    def spent():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return 1000 * (usage.ru_utime + usage.ru_stime)

    before = spent()
    run(*programs.on_cpu(programs.TARGET_CPU, *command), timeout=60)
    return spent() - before


def compile_times(results, rounds):
    """Every program that ships, from its source to what runs."""
    lines = [f"| program that ships | {', ms | '.join(COMPILE_VERBS)}, ms | goal | |", "|---|---|---|---|---|"]
    for path in sorted((PROJECT / "p4" / "programs").glob("*.p4")):
        spent = []
        for what, words in COMPILE_VERBS.items():
            spent.append(statistics.median(cpu_ms(OUTRIGGER_P4, *words, path) for _ in range(rounds)))
            results.add(f"P4, {path.stem}: {what}", "ms", spent[-1], goal=COMPILE_GOAL_MS, is_less_better=True,
                        note="CPU time")  # fmt: skip
        verdict = "reached" if max(spent) <= COMPILE_GOAL_MS else "**missed**"
        lines.append(f"| {path.stem} | {' | '.join(f'{ms:.0f}' for ms in spent)} | {COMPILE_GOAL_MS:,} | {verdict} |")
    if len(lines) == 2:
        raise BenchError("no programs ship in p4/programs")
    return "\n".join(lines)
