"""What `make install` puts where, and whether it is what the documents say."""
import os
import pathlib
import re
import subprocess

import pytest
from outrigger_daemon import PROJECT, program


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """An installation with the prefix /usr, under a directory of the test's."""
    destination = tmp_path_factory.mktemp("destination")
    build = pathlib.Path(program("OUTRIGGERD", "daemon/outriggerd")).parents[2]
    subprocess.run(["cmake", "--install", str(build), "--prefix", "/usr"], check=True, capture_output=True, timeout=120,
                   env={**os.environ, "DESTDIR": str(destination)})
    return destination


def test_the_programs_run(root):
    for name in ("outriggerd", "outrigger"):
        done = subprocess.run([root / "usr/bin" / name, "--version"], capture_output=True, text=True, check=True, timeout=30)
        assert re.search(r"\d+\.\d+\.\d+", done.stdout), name


def test_the_unit_starts_what_is_installed_and_never_gives_up(root):
    unit = (root / "usr/lib/systemd/system/outriggerd.service").read_text(encoding="utf-8")
    started = re.search(r"^ExecStart=(\S+)", unit, re.M).group(1)
    assert os.access(root / started.lstrip("/"), os.X_OK)
    documented = re.search(r"^Documentation=file://(\S+)", unit, re.M).group(1)
    assert (root / documented.lstrip("/")).is_file()
    assert re.search(r"^StartLimitIntervalSec=0$", unit, re.M), "else five kills in ten seconds leave it failed for good"
    assert re.search(r"^Restart=always$", unit, re.M)


def test_the_example_configuration_is_right_and_shows_every_key(root):
    example = root / "usr/share/doc/outrigger/outriggerd.toml"
    done = subprocess.run([program("OUTRIGGERD", "daemon/outriggerd"), "--check-config", "--config", str(example)],
                          capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    shown = set()
    for line in example.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"\[(\w+)\]", line):
            section = match.group(1)
        elif match := re.match(r"(?:# )?(\w+) = ", line):
            shown.add(f"{section}.{match.group(1)}")
    manual = (PROJECT / "docs/man/outriggerd.8.md").read_text(encoding="utf-8")
    assert shown == set(re.findall(r"^\| `(\w+\.\w+)` \|", manual, re.M))


def test_completions_are_where_shells_look(root):
    for shell, path in (("bash", "bash-completion/completions/outrigger"), ("zsh", "zsh/vendor-completions/_outrigger"),
                        ("fish", "fish/vendor_completions.d/outrigger.fish")):
        subprocess.run([shell, "-n", str(root / "usr/share" / path)], check=True, timeout=30)
