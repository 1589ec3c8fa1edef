"""Rows of results: what was measured, beside what, against which goal; the table and the JSON they make."""

import json
import statistics


class Results:
    def __init__(self):
        self.rows = []

    def add(self, name, unit, value, peer=None, peer_value=None, goal=None, is_less_better=False, ping_pong=None,
            note=""):
        """`goal` is in `unit`; a row without one is for information."""
        passed = None
        if goal is not None:
            passed = value <= goal if is_less_better else value >= goal
        row = {"name": name, "unit": unit, "value": value, "peer": peer, "peer_value": peer_value,
               "goal": goal, "pass": passed, "ping_pong_ns": ping_pong, "note": note}  # fmt: skip
        self.rows.append(row)
        print_row(row)

    def add_pairs(self, name, unit, pairs, peer, ratio=None, is_less_better=False, note=""):
        """`pairs`: (ours, peer's, ping-pong) of each round, the last only where two cores talk. The goal is `ratio` times the peer, judged by the median of
        the rounds' own ratios, because only what was measured in one state of the machine can be compared."""
        ours = statistics.median(pair[0] for pair in pairs)
        theirs = statistics.median(pair[1] for pair in pairs)
        goal = None
        if ratio is not None:
            goal = ours * ratio / statistics.median(pair[0] / pair[1] for pair in pairs)
        near = [pair[2] for pair in pairs if len(pair) > 2]
        self.add(name, unit, ours, peer, theirs, goal, is_less_better, statistics.median(near) if near else None, note)

    def write(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.rows, indent=1) + "\n", encoding="utf-8")

    @property
    def failed(self):
        return [row for row in self.rows if row["pass"] is False]


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def print_header():
    print(f"{'':52}{'ours':>13} {'unit':<6}{'peer':>13}{'ratio':>7}{'goal':>13}  {'':6}{'ping-pong':>9}  peer is")


def print_row(row):
    ratio = f"{row['value'] / row['peer_value']:.2f}" if row["peer_value"] else "-"
    verdict = {None: "", True: "ok", False: "MISSED"}[row["pass"]]
    peer = "; ".join(text for text in (row["peer"], row["note"]) if text)
    print(f"{row['name']:52}{number(row['value']):>13} {row['unit']:<6}{number(row['peer_value']):>13}{ratio:>7}"
          f"{number(row['goal']):>13}  {verdict:6}{number(row['ping_pong_ns']):>9}  {peer}",
          flush=True)  # fmt: skip
