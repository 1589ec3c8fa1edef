"""Fixtures: one daemon for a file's tests, and the generated stubs on the path."""
import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
STUBS = os.environ.get("OUTRIGGER_STUBS") or str(HERE.parents[1] / "build/release/tests/api/stubs")
sys.path[:0] = [str(HERE), STUBS]

import google  # noqa: E402  The stubs bring google.api and grpc.health, Debian's packages the rest.
import grpc  # noqa: E402

google.__path__.append(os.path.join(STUBS, "google"))
grpc.__path__.append(os.path.join(STUBS, "grpc"))

from outrigger_daemon import Daemon  # noqa: E402


@pytest.fixture(scope="module")
def daemon():
    made = Daemon()
    try:
        yield made.start()
    finally:
        made.remove()


@pytest.fixture(scope="module")
def channel(daemon):
    with daemon.channel() as made:
        yield made
