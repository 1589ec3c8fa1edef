#!/usr/bin/env python3
"""Random programs through the compiler: what leaves must be what the specification says (program.py).

    run.py OUTRIGGER_P4 [--seed N] [--programs N] [--keep DIR]

OUTRIGGER_SEED and OUTRIGGER_ROUNDS (ten programs a round) say the same to a test that runs by itself.
"""

import argparse
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from program import Program
from values import TooLong, Unspecified

PACKETS = 6
SECONDS_MAX = 120


def script_of(program, seed):
    """A packet script, and how many packets of it are expected; none where nothing is specified."""
    draw = random.Random(seed)
    lines = []
    for _ in range(PACKETS):
        packet = bytes(
            draw.choice((0, 0xFF, 1, draw.randrange(256))) if draw.random() < 0.5 else draw.randrange(256)
            for _ in range(packet_bytes(program, draw))
        )
        try:
            expected = program.expected(packet)
        except (Unspecified, TooLong):
            continue
        lines += [f"packet 1 {packet.hex()}", f"expect 0 {expected.hex()} $"]
    return "\n".join(lines) + "\n", len(lines) // 2


def packet_bytes(program, draw):
    """Now and then too few for what the parser wants."""
    return program.input_bytes() if draw.random() < 0.7 else draw.randrange(40, program.input_bytes())


def check(outrigger_p4, seed, folder):
    """None: right, or nothing can be said; else what the tool says. And how many packets were compared."""
    program = Program(seed)
    script, packets = script_of(program, seed)
    if packets == 0:
        return None, 0
    text, case = folder / f"{seed}.p4", folder / f"{seed}.stf"
    text.write_text(program.text())
    case.write_text(script)
    ran = subprocess.run(
        [outrigger_p4, "test", "--engine", "both", text, case],
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    if ran.returncode == 0:
        text.unlink()
        case.unlink()
        return None, packets
    return ran.stdout + ran.stderr, packets


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("outrigger_p4")
    options.add_argument(
        "--seed", type=int, default=int(os.environ.get("OUTRIGGER_SEED", "1")), help="of the first program"
    )
    options.add_argument("--programs", type=int, default=10 * int(os.environ.get("OUTRIGGER_ROUNDS", "10")))
    options.add_argument("--keep", type=pathlib.Path, help="where programs that fail are left")
    given = options.parse_args()
    failed = compared = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for seed in range(given.seed, given.seed + given.programs):
            said, packets = check(given.outrigger_p4, seed, folder)
            compared += packets
            if said is not None:
                failed += 1
                print(f"seed {seed}: run.py OUTRIGGER_P4 --seed {seed} --programs 1 --keep DIR\n{said[:2000]}")
    print(f"{given.programs} programs, {compared} packets compared, {failed} programs failed")
    return 1 if failed or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
