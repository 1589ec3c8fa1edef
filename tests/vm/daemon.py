"""Daemon: an outriggerd of the test's own, in a folder of its own; and its API over REST.

OUTRIGGERD and OUTRIGGER_CLI name the programs; otherwise those of the release build are taken.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import image

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
import orderly  # noqa: E402
from ports import free_port  # noqa: E402

READY_SECONDS = 120


class DaemonError(Exception):
    """outriggerd did not start, or ended when it should not."""


class ApiError(Exception):
    """The API refused a request; `code` is the canonical code's number."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


def plain(message):
    """JSON's lowerCamelCase names as the .proto spells them."""
    return {re.sub("([A-Z])", lambda found: "_" + found[1].lower(), key): value for key, value in message.items()}


def program(variable, name):
    path = os.environ.get(variable) or image.PROJECT / "build" / "release" / "src" / name
    if not os.access(path, os.X_OK):
        raise DaemonError(f"{path} is missing: run `make build`, or name it with {variable}")
    return str(path)


class Daemon:
    def __init__(self, cores=1, folder=None, host=None):
        """`host`: a net.Namespace to run in; only its UNIX socket, and so cli(), can be reached from outside then."""
        # UNIX socket paths are short: a folder directly under /tmp.
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="outrigger-"))
        self.log_path = self.folder / "outriggerd.log"
        self.run_path = self.folder / "run"
        self.tcp_port = free_port()
        self.server = f"unix:{self.folder}/api.sock"
        self.config_path = self.folder / "outriggerd.toml"
        self.config_path.write_text(
            f"""[daemon]
state_directory = "{self.folder}/state"
run_directory = "{self.run_path}"
[cores]
data_count = {cores}
[api]
grpc = ["{self.server}"]
rest = ["127.0.0.1:{self.tcp_port}"]
""",
            encoding="utf-8",
        )
        self.prefix = host.prefix() if host else []
        self.process = None

    def start(self):
        assert not self.is_alive(), "it runs already; a second one would be nobody's to end"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, program("OUTRIGGERD", "daemon/outriggerd"), "--config", str(self.config_path)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + READY_SECONDS
        while True:
            if self.process.poll() is not None:
                raise DaemonError(f"outriggerd ended with {self.process.returncode}:\n{self.log_text()}")
            try:
                self.look()
                return self
            except (OSError, ApiError, DaemonError) as error:
                if time.monotonic() > deadline:
                    self.kill()
                    raise DaemonError(f"outriggerd is not ready ({error}):\n{self.log_text()}") from error
                time.sleep(0.02)

    def look(self):
        """Asks for something small."""
        if self.prefix:
            self.cli("list", "hosts")
        else:
            self.request("GET", "/v1/hosts")

    def log_text(self, size=4000):
        return self.log_path.read_text(errors="replace")[-size:] if self.log_path.exists() else ""

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9, and nothing else."""
        if self.is_alive():
            self.process.send_signal(signal.SIGKILL)
        if self.process:
            self.process.wait(30)
            self.process = None

    def terminate(self, timeout=120, is_cut_short=False):
        """Asks it to stop, as a service manager does; gives its status. See orderly.stop()."""
        status = orderly.stop(self.process, self.log_path, timeout, is_cut_short)
        self.process = None
        return status

    def restart_after_kill(self, away=0.0):
        self.kill()
        time.sleep(away)
        self.start()

    def remove(self):
        """Stops it in order, if it runs, and takes its folder away."""
        try:
            if self.is_alive():
                status = self.terminate()
                if status != 0:
                    raise DaemonError(f"outriggerd stopped with status {status}:\n{self.log_text()}")
        finally:
            self.kill()
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *unused):
        if kind:
            self.kill()  # what failed is to be told, not how it then ends
        self.remove()

    # -- its API

    def request(self, method, path, body=None, timeout=120):
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.tcp_port}{path}"
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            try:
                said = json.loads(text)
            except json.JSONDecodeError:
                said = {"code": error.code, "message": text}
            raise ApiError(said.get("code", error.code), said.get("message", text)) from error

    def cli(self, *words, check=True, timeout=120):
        """Runs `outrigger WORDS…`; gives what it printed."""
        command = [program("OUTRIGGER_CLI", "cli/outrigger"), "--address", self.server, *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
        if check and done.returncode != 0:
            raise DaemonError(f"outrigger {' '.join(map(str, words))}: {done.stderr.strip()}")
        return done.stdout if check else done

    def create_malloc(self, name, size_mib, block_size=512):
        body = {"block_size": block_size, "blocks_count": (size_mib << 20) // block_size}
        return self.request("POST", f"/v1/mallocVolumes?malloc_volume_id={name}", body)

    def create_aio(self, name, path, size_mib=0):
        """A volume on the file or block device at `path`; with a size, the file is made first."""
        if size_mib:
            pathlib.Path(path).touch()
            os.truncate(path, size_mib << 20)
        return self.request("POST", f"/v1/aioVolumes?aio_volume_id={name}", {"filename": str(path)})

    def update_malloc(self, name, size_mib, block_size=512):
        body = {"block_size": block_size, "blocks_count": (size_mib << 20) // block_size}
        return self.request("PATCH", f"/v1/mallocVolumes/{name}?update_mask=blocks_count", body)

    def rescan_aio(self, name):
        """The file has grown: an update with nothing new looks again."""
        return self.request("PATCH", f"/v1/aioVolumes/{name}", {})

    def create_host(self, name, port, qmp_socket="", buses=(), queues=0):
        body = {"port_id": port, "qmp_socket": str(qmp_socket), "buses": list(buses), "queue_count": queues}
        return self.request("POST", f"/v1/hosts?host_id={name}", body)

    def set_socket_role(self, host, role):
        return self.request("PATCH", f"/v1/hosts/{host}?update_mask=vhost_socket_role", {"vhost_socket_role": role})

    def create_disk(self, name, volume, port=0, function=0, limits=None, options=None):
        place = {"port_id": port, "physical_function": function, "virtual_function": 0}
        body = {"pcie_id": place, "volume_name_ref": volume}
        if limits:
            body["max_limit"] = limits
        if options:
            whole = {"virtio_blk": body, "virtio_blk_id": name, "virtio_blk_options": options}
            return self.request("POST", "/v1/virtioBlks:withOptions", whole)
        return self.request("POST", f"/v1/virtioBlks?virtio_blk_id={name}", body)

    def set_queue_count(self, host, count):
        return self.request("PATCH", f"/v1/hosts/{host}?update_mask=queue_count", {"queue_count": count})

    def set_data_cores(self, count):
        """For the next start."""
        text = re.sub(r"data_count = \d+", f"data_count = {count}", self.config_path.read_text(encoding="utf-8"))
        self.config_path.write_text(text, encoding="utf-8")

    def limit_disk(self, name, **limits):
        return self.request("PATCH", f"/v1/virtioBlks/{name}?update_mask=max_limit", {"max_limit": limits})

    def set_disk_options(self, name, **options):
        mask = ",".join(options)
        return self.request("PATCH", f"/v1/virtioBlks/{name}/options?update_mask={mask}", options)

    def delete_disk(self, name):
        return self.request("DELETE", f"/v1/virtioBlks/{name}")

    def delete_volume(self, kind, name):
        return self.request("DELETE", f"/v1/{kind}Volumes/{name}")

    def device(self, name):
        return plain(self.request("GET", f"/v1/devices/{name}"))

    def disk_stats(self, name):
        return plain(self.request("GET", f"/v1/virtioBlks/{name}:stats").get("stats", {}))

    # -- NVMe over TCP

    def create_subsystem(self, name, nqn, **spec):
        body = {"spec": {"nqn": nqn, **spec}}
        return self.request("POST", f"/v1/nvmeSubsystems?nvme_subsystem_id={name}", body)

    def open_port(self, subsystem, name, port, address="127.0.0.1"):
        """An NvmeController over TCP: the subsystem can be reached at this address."""
        place = {"traddr": address, "trsvcid": str(port), "adrfam": "NVME_ADDRESS_FAMILY_IPV4"}
        body = {"spec": {"trtype": "NVME_TRANSPORT_TYPE_TCP", "fabrics_id": place}}
        return self.request("POST", f"/v1/nvmeSubsystems/{subsystem}/nvmeControllers?nvme_controller_id={name}", body)

    def close_port(self, subsystem, name):
        return self.request("DELETE", f"/v1/nvmeSubsystems/{subsystem}/nvmeControllers/{name}")

    def set_ana_states(self, subsystem, port, states):
        """{group: state} at this port; groups that are not named are OPTIMIZED."""
        path = f"/v1/nvmeSubsystems/{subsystem}/nvmeControllers/{port}/options?update_mask=ana_states"
        return self.request("PATCH", path, {"ana_states": [{"group": g, "state": s} for g, s in states.items()]})

    def add_namespace(self, subsystem, name, volume, **spec):
        body = {"spec": {"volume_name_ref": volume, **spec}}
        return self.request("POST", f"/v1/nvmeSubsystems/{subsystem}/nvmeNamespaces?nvme_namespace_id={name}", body)

    def remove_namespace(self, subsystem, name):
        return self.request("DELETE", f"/v1/nvmeSubsystems/{subsystem}/nvmeNamespaces/{name}")

    def delete_subsystem(self, name):
        return self.request("DELETE", f"/v1/nvmeSubsystems/{name}")

    # -- NVMe over TCP as the host

    def create_remote(self, name, **options):
        """A remote controller whose paths are used together; `options`: of NvmeRemoteControllerOptions."""
        body = {
            "nvme_remote_controller": {"multipath": "NVME_MULTIPATH_MULTIPATH"},
            "nvme_remote_controller_id": name,
            "nvme_remote_controller_options": options,
        }
        return self.request("POST", "/v1/nvmeRemoteControllers:withOptions", body)

    def add_path(self, remote, name, port, nqn, address="127.0.0.1"):
        fabrics = {"trsvcid": port, "subnqn": nqn, "adrfam": "NVME_ADDRESS_FAMILY_IPV4"}
        body = {"trtype": "NVME_TRANSPORT_TYPE_TCP", "traddr": address, "fabrics": fabrics}
        return self.request("POST", f"/v1/nvmeRemoteControllers/{remote}/nvmePaths?nvme_path_id={name}", body)

    def remote_state(self, name):
        """NvmeRemoteState, with the .proto's names."""
        state = plain(self.request("GET", f"/v1/nvmeRemoteControllers/{name}/state"))
        for part in ["paths", "namespaces"]:
            state[part] = [plain(each) for each in state.get(part, [])]
        return state
