"""An outriggerd of the test's own: its configuration, its life, and clients that are pointed at it."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import grpc

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(PROJECT / "tests"))
import orderly  # noqa: E402
from ports import free_port  # noqa: E402
READY_SECONDS = 30


def program(variable, name):
    """The program that `variable` names, else that of the release build."""
    path = os.environ.get(variable) or str(PROJECT / "build/release/src" / name)
    assert os.access(path, os.X_OK), f"{path} is missing: run `make build`, or name it with {variable}"
    return path


class Daemon:
    """Starts with plaintext on loopback; `tls` is "certificate:key:ca"."""

    def __init__(self, tls="", grpc_addresses=None, rest_addresses=None, allow_insecure=False, extra="", wrapper=()):
        self.directory = tempfile.mkdtemp(prefix="outrigger-api-")
        self.grpc_port = free_port()
        self.rest_port = free_port()
        self.socket = f"unix:{self.directory}/api.sock"
        self.address = f"127.0.0.1:{self.grpc_port}"
        self.grpc_addresses = grpc_addresses or [self.address, self.socket]
        self.rest_addresses = rest_addresses if rest_addresses is not None else [f"127.0.0.1:{self.rest_port}"]
        self.tls = tls
        self.allow_insecure = allow_insecure
        self.extra = extra  # more sections of the configuration
        self.wrapper = list(wrapper)  # what runs the daemon, in its own process
        self.log_path = f"{self.directory}/log"
        self.process = None

    def configuration(self):
        tls = f'tls = "{self.tls}"\n' if self.tls else ""
        return f"""[daemon]
state_directory = "{self.directory}/state"
run_directory = "{self.directory}/run"
[cores]
data_count = 1
[api]
grpc = {json.dumps(self.grpc_addresses)}
rest = {json.dumps(self.rest_addresses)}
{tls}allow_insecure = {"true" if self.allow_insecure else "false"}
{self.extra}"""

    def spawn(self):
        path = f"{self.directory}/outriggerd.toml"
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.configuration())
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*self.wrapper, program("OUTRIGGERD", "daemon/outriggerd"), "--config", path],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self):
        self.spawn()
        deadline = time.monotonic() + READY_SECONDS
        while "info daemon: ready\n" not in self.log():
            assert self.process.poll() is None, f"outriggerd ended with {self.process.returncode}:\n{self.log()}"
            assert time.monotonic() < deadline, f"outriggerd is not ready:\n{self.log()}"
            time.sleep(0.02)
        return self

    def fails_to_start(self):
        """Its log, when it refuses to start; asserts that it does, soon."""
        self.spawn()
        try:
            assert self.process.wait(READY_SECONDS) != 0
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        return self.log()

    def log(self):
        return pathlib.Path(self.log_path).read_text(encoding="utf-8", errors="replace")

    def terminate(self, is_cut_short=False):
        """Its status after a stop; see orderly.stop()."""
        return orderly.stop(self.process, self.log_path, 30, is_cut_short)

    def kill(self):
        """As kill -9; the log begins anew with the next start()."""
        self.process.kill()
        self.process.wait()
        os.truncate(self.log_path, 0)

    def restart_after_kill(self):
        self.kill()
        self.start()

    def remove(self):
        """Stops it in order, if it runs, and takes its directory away."""
        try:
            if self.process is not None and self.process.poll() is None:
                assert self.terminate() == 0, self.log()
        finally:
            if self.process is not None and self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            shutil.rmtree(self.directory, ignore_errors=True)

    def channel(self, address=None):
        return grpc.insecure_channel(address or self.address, options=[
            ("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1)])

    def curl(self, method, path, body=None, headers=(), options=()):
        """(status, answer) of a request by curl; the answer parsed when it is JSON."""
        command = ["curl", "-sS", "--noproxy", "*", "-X", method, "-w", "\n%{http_code}", *options]
        for header in headers:
            command += ["-H", header]
        if body is not None:
            command += ["--data-binary", body if isinstance(body, str) else json.dumps(body)]
        scheme = "https" if self.tls else "http"
        command.append(f"{scheme}://127.0.0.1:{self.rest_port}{path}")
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        text, status = done.stdout.rsplit("\n", 1)
        try:
            return int(status), json.loads(text)
        except json.JSONDecodeError:
            return int(status), text

    def cli(self, *words, status=0, input=None, environment=None):
        """What `outrigger WORDS…` printed on standard output; on standard error when another status is expected."""
        done = self.run_cli(*words, input=input, environment=environment)
        assert done.returncode == status, f"outrigger {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout if status == 0 else done.stderr

    def run_cli(self, *words, input=None, environment=None):
        return subprocess.run(
            [program("OUTRIGGER_CLI", "cli/outrigger"), *words], capture_output=True, text=True, timeout=60,
            check=False, input=input, env={**os.environ, "OUTRIGGER_ADDRESS": self.address, **(environment or {})})
