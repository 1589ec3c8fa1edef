"""Peers that mean no good, or do not know better, against the real daemon: what they get, and that everybody else is served
meanwhile. Hosts first, then targets."""
import contextlib
import os
import re
import resource
import socket
import struct
import subprocess
import threading
import time

import grpc
import nvme_tcp
import opi
import pytest
import test_nvme
import test_nvme_remote
from outrigger_daemon import Daemon, free_port
from storage import backend_nvme_pb2 as nvme

Code = grpc.StatusCode
SUB = test_nvme.SUB
nqn = test_nvme.nqn
REMOTE = test_nvme_remote.REMOTE
UNREADY_PER_PEER_MAX = 128  # src/nvme_tcp/limits.h
DISCOVERY_PER_PEER_MAX = 128  # src/nvme/limits.h
BYTES_PER_CONNECTION_MAX = 1 << 20
STRANGER_BYTES_MAX = 64 << 10  # of the 256 KiB that a connection without I/O counts
BYTES_BESIDE = 4 << 20  # what a daemon may take more while it has many connections, and does not count as theirs
SILENT_ADDRESS = "192.0.2.9"
DISCOVERY = "nqn.2014-08.org.nvmexpress.discovery"


@pytest.fixture(scope="module", autouse=True)
def base(channel):
    opi.make_base_volumes(channel)


@pytest.fixture
def port(channel):
    """Where nvmeSubsystems/sub1 with one namespace is served, to one host of whose keep alive nobody hears."""
    client = test_nvme.Client(channel)
    client.subsystem("sub1")
    number = free_port()
    client.controller(SUB, "ctrl1", number, "0.0.0.0")
    client.namespace(SUB, "space1")
    yield number
    client.clean()


@contextlib.contextmanager
def good_host(port, channel):
    """A host that is connected, and is still afterwards; so is the API, and others may come."""
    with nvme_tcp.Connection("127.0.0.3", port) as host:
        assert host.initialise() == 0
        status, cntlid = host.connect(nqn("sub1"))
        assert status == nvme_tcp.SUCCESS
        yield host
        state = test_nvme.Client(channel).state()
        assert cntlid in [each.cntlid for each in state.connections], "it has been let down"
        host.socket.settimeout(0.05)
        with pytest.raises(TimeoutError):
            host.receive(1)
    assert nvme_tcp.connect("127.0.0.4", port, nqn("sub1"), source="127.0.0.4") == nvme_tcp.SUCCESS


def ends(connection, seconds=20):
    """Waits until the target has hung up; what it said before that."""
    connection.socket.settimeout(seconds)
    said = b""
    try:
        while piece := connection.socket.recv(4096):
            said += piece
    except ConnectionError:
        pass
    return said


NONSENSE = {
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".ljust(160, b" "),
    "zeroes": bytes(4096),
    "ones": b"\xff" * 4096,
    "a-type-that-is-none": struct.pack("<BBBBI", 0x55, 0, 128, 0, 128).ljust(128, b"\0"),
    "icreq-of-another-length": struct.pack("<BBBBI", 0, 0, 128, 0, 64).ljust(128, b"\0"),
    "icreq-with-a-short-header": struct.pack("<BBBBI", 0, 0, 8, 0, 128).ljust(128, b"\0"),
    "icreq-of-another-version": struct.pack("<BBBBIH", 0, 0, 128, 0, 128, 7).ljust(128, b"\0"),
    "icreq-of-four-gigabytes": struct.pack("<BBBBI", 0, 0, 128, 0, 0xFFFFFFFF).ljust(128, b"\0"),
    "icreq-with-an-alignment-that-is-none": struct.pack("<BBBBIHB", 0, 0, 128, 0, 128, 0, 0xFF).ljust(128, b"\0"),
    "a-command-before-icreq": struct.pack("<BBBBI", 4, 0, 72, 0, 72).ljust(72, b"\0"),
    "data-before-icreq": struct.pack("<BBBBI", 6, 0, 24, 24, 32).ljust(32, b"\0"),
}


@pytest.mark.parametrize("what", NONSENSE, ids=str)
def test_nonsense_instead_of_icreq(channel, port, what):
    with good_host(port, channel), nvme_tcp.Connection("127.0.0.1", port) as liar:
        with contextlib.suppress(ConnectionError):
            liar.socket.sendall(NONSENSE[what])
        said = ends(liar)
        assert not said or said[0] == nvme_tcp.PDU_C2H_TERM, "an answer to nonsense tells what was wrong with it"


def test_names_that_may_not_connect(channel, port):
    with good_host(port, channel):
        for subnqn in (nqn("other"), "", "x" * 223, DISCOVERY + "x"):
            with nvme_tcp.Connection("127.0.0.1", port) as host:
                assert host.initialise() == 0
                status, _ = host.connect(subnqn)
                assert status & 0x7FF == 0x182, (subnqn, hex(status))  # Connect Invalid Parameters
        for hostnqn in ("", "h" * 256):
            with nvme_tcp.Connection("127.0.0.1", port) as host:
                assert host.initialise() == 0
                assert host.connect(nqn("sub1"), hostnqn)[0] & 0x7FF in (0x182, 0x184), hostnqn


def test_host_names_that_nobody_could_show(channel, port):
    """They are refused with their place, and the operator's view stays whole."""
    with good_host(port, channel):
        for hostnqn in (b"nqn.\xff\xfe", b"\xc3(", b"\xed\xa0\x80", b"\xc0\x80", b"\xc2\x9b", b"a\nb"):
            with nvme_tcp.Connection("127.0.0.1", port) as host:
                assert host.initialise() == 0
                assert host.connect(nqn("sub1"), hostnqn)[0] == 0x182, hostnqn
                assert host.result == 1 << 16 | 512, "in the data, at HOSTNQN"
                assert len(test_nvme.Client(channel).state().connections) == 1
        umlaut = "nqn.2014-08.org.nvmexpress:h\u00e4ndler"
        with nvme_tcp.Connection("127.0.0.1", port) as host:
            assert host.initialise() == 0
            assert host.connect(nqn("sub1"), umlaut)[0] == nvme_tcp.SUCCESS
            assert umlaut in [each.hostnqn for each in test_nvme.Client(channel).state().connections]


def test_half_a_pdu_and_then_nothing(channel, port):
    """Who does not finish what he began is let go, when setting up after ten seconds; nobody waits for him."""
    with good_host(port, channel), contextlib.ExitStack() as stack:
        stalled = []
        for count in (1, 7, 8, 9, 127):
            each = stack.enter_context(nvme_tcp.Connection("127.0.0.1", port))
            each.socket.sendall(struct.pack("<BBBBI", 0, 0, 128, 0, 128).ljust(128, b"\0")[:count])
            stalled.append(each)
        silent = stack.enter_context(nvme_tcp.Connection("127.0.0.1", port))
        half_connected = stack.enter_context(nvme_tcp.Connection("127.0.0.1", port))
        half_connected.initialise()
        half_connected.socket.sendall(struct.pack("<BBBBI", 4, 0, 72, 72, 72 + 1024) + b"\x7f")
        began = time.monotonic()
        assert nvme_tcp.connect("127.0.0.1", port, nqn("sub1")) == nvme_tcp.SUCCESS
        assert time.monotonic() - began < 2
        for each in [*stalled, silent, half_connected]:
            ends(each, 30)
        assert 5 < time.monotonic() - began < 25


def test_too_many_connections(channel, port):
    """One address may hold so many that are not ready; other addresses and the API do not notice."""
    with good_host(port, channel), contextlib.ExitStack() as stack:
        held = [stack.enter_context(nvme_tcp.Connection("127.0.0.1", port, "127.0.0.9"))
                for _ in range(UNREADY_PER_PEER_MAX + 40)]
        deadline = time.monotonic() + 5
        closed = set()
        while len(closed) < 40 and time.monotonic() < deadline:
            for each in held:
                each.socket.setblocking(False)
                with contextlib.suppress(BlockingIOError, ConnectionError):
                    if each.socket.recv(1) == b"":
                        closed.add(each)
                        continue
                    raise AssertionError("it says something")
        assert len(closed) == 40, len(closed)
        began = time.monotonic()
        assert nvme_tcp.connect("127.0.0.2", port, nqn("sub1"), source="127.0.0.2") == nvme_tcp.SUCCESS
        test_nvme.Client(channel).state()
        assert time.monotonic() - began < 2
        assert nvme_tcp.is_turned_away("127.0.0.1", port, "127.0.0.9")
    # They go, and their address is as good as any.
    deadline = time.monotonic() + 10
    while nvme_tcp.is_turned_away("127.0.0.1", port, "127.0.0.9"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def resident_bytes(daemon):
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) << 10


def is_served(port, source):
    """A host comes, does admin commands and I/O, and goes; all soon."""
    began = time.monotonic()
    with nvme_tcp.Host("127.0.0.1", port, nqn("sub1"), source=source) as host:
        assert host.ask_for_queues(1) == 1
        queue = host.open()
        data = os.urandom(4096)
        assert nvme_tcp.write(queue, 0, data) == nvme_tcp.SUCCESS
        assert nvme_tcp.read(queue, 0, 8) == (nvme_tcp.SUCCESS, data)
    assert time.monotonic() - began < 10


def hold_discovery(stack, port, source, number):
    """One more discovery controller of `source`: the status of its Connect, 0x181 where there are too many."""
    host = stack.enter_context(nvme_tcp.Connection("127.0.0.1", port, source))
    assert host.initialise() == 0
    return host.connect(DISCOVERY, f"nqn.2014-08.org.nvmexpress:{source}:{number}", 0)[0]


def test_strangers_of_one_address_keep_nobody_out(daemon, channel, port):
    """One address takes all that it gets, of discovery controllers and of connections that are not ready."""
    before = resident_bytes(daemon)
    with good_host(port, channel), contextlib.ExitStack() as stack:
        statuses = [hold_discovery(stack, port, "127.0.0.9", i) for i in range(DISCOVERY_PER_PEER_MAX + 10)]
        assert statuses == [nvme_tcp.SUCCESS] * DISCOVERY_PER_PEER_MAX + [0x181] * 10
        for _ in range(UNREADY_PER_PEER_MAX + 40):
            with contextlib.suppress(OSError):
                stack.enter_context(nvme_tcp.Connection("127.0.0.1", port, "127.0.0.9"))
        assert hold_discovery(stack, port, "127.0.0.10", 0) == nvme_tcp.SUCCESS
        is_served(port, "127.0.0.11")
        assert resident_bytes(daemon) - before < 300 * BYTES_PER_CONNECTION_MAX


@contextlib.contextmanager
def limited(*limits):
    """A daemon with these limits that serves nvmeSubsystems/sub1 with one namespace: (daemon, channel, port)."""
    daemon = Daemon(extra="[nvme_tcp]\n" + "\n".join(limits))
    try:
        daemon.start()
        with daemon.channel() as channel:
            opi.make_base_volumes(channel)
            client = test_nvme.Client(channel)
            client.subsystem("sub1")
            number = free_port()
            client.controller(SUB, "ctrl1", number, "0.0.0.0")
            client.namespace(SUB, "space1")
            yield daemon, channel, number
    finally:
        daemon.remove()


def test_what_one_address_may_take_is_the_operators_to_say():
    limits = ("connections_per_address = 3", "discovery_controllers_per_address = 2", "memory_mib = 64",
              "memory_per_address_mib = 4")
    with limited(*limits) as (_, _, number), contextlib.ExitStack() as stack:
        assert [hold_discovery(stack, number, "127.0.0.9", i) for i in range(3)] == [nvme_tcp.SUCCESS] * 2 + [0x181]
        assert nvme_tcp.is_turned_away("127.0.0.1", number, "127.0.0.9")
        host = stack.enter_context(nvme_tcp.Host("127.0.0.1", number, nqn("sub1"), source="127.0.0.10"))
        host.ask_for_queues(2)
        queue = host.open(1, 1024)
        assert host.open(2, 1024) == 0x181, "it is told to come again"
        data = os.urandom(4096)
        assert nvme_tcp.write(queue, 0, data) == nvme_tcp.SUCCESS
        assert nvme_tcp.read(queue, 0, 8) == (nvme_tcp.SUCCESS, data)
        is_served(number, "127.0.0.11")


# How many come, and what all connections may take: with any limit of ours gone they take more than the tests allow.
CROWDS = [pytest.param(400, 16, id="some-hundred"),
          pytest.param(5000, 256, id="some-thousand", marks=pytest.mark.skipif(
              not os.environ.get("OUTRIGGER_SOAK"), reason="ten thousand connections: set OUTRIGGER_SOAK"))]


def address_of(i):
    return f"127.1.{i // 100 % 250}.{i % 100 + 1}"


def allow_many_sockets():
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


@pytest.mark.parametrize("count,memory_mib", CROWDS)
def test_hosts_take_no_more_memory_than_they_may(count, memory_mib):
    """Each with an admin queue and an I/O queue that it has written through. Who finds no room is told so."""
    allow_many_sockets()
    with limited(f"memory_mib = {memory_mib}") as (daemon, channel, port), contextlib.ExitStack() as stack:
        is_served(port, "127.0.0.11")
        before = resident_bytes(daemon)
        served = []
        for i in range(count):
            with contextlib.suppress(ConnectionError):
                try:
                    host = stack.enter_context(nvme_tcp.Host(
                        "127.0.0.1", port, nqn("sub1"), f"{nvme_tcp.HOSTNQN}:{i}", source=address_of(i)))
                except nvme_tcp.Refused as refused:
                    assert refused.status == 0x181
                    continue
                host.ask_for_queues(1)
                queue = host.open()
                if isinstance(queue, int):
                    assert queue == 0x181, hex(queue)
                    continue
                assert [nvme_tcp.write(queue, 16 * k, bytes(8192)) for k in range(4)] == [nvme_tcp.SUCCESS] * 4
                served.append(queue)
        taken = resident_bytes(daemon) - before
        assert taken < (memory_mib << 20) + BYTES_BESIDE, f"{len(served)} hosts take {taken} bytes"
        assert memory_mib // 2 < len(served) <= 2 * memory_mib, "two queues count 256 KiB each at least, and little more"
        began = time.monotonic()
        assert [nvme_tcp.read(queue, 0, 8)[0] for queue in served] == [nvme_tcp.SUCCESS] * len(served)
        assert len(test_nvme.Client(channel).state().connections) >= len(served)
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("count,memory_mib", CROWDS)
def test_strangers_take_neither_the_memory_nor_the_places_of_hosts(count, memory_mib):
    """Discovery controllers, of which nobody is asked who he is, and connections on which nothing is said."""
    allow_many_sockets()
    with limited(f"memory_mib = {memory_mib}") as (daemon, channel, port), contextlib.ExitStack() as stack:
        is_served(port, "127.0.0.11")
        before = resident_bytes(daemon)
        connected = held = 0
        with good_host(port, channel):
            for i in range(2 * count):
                with contextlib.suppress(ConnectionError):
                    if i % 2 == 0:  # more than there are discovery controllers
                        status = hold_discovery(stack, port, address_of(i), i)
                        assert status in (nvme_tcp.SUCCESS, 0x181)
                        held += status == nvme_tcp.SUCCESS
                    else:
                        stack.enter_context(nvme_tcp.Connection("127.0.0.1", port, address_of(i)))
                    connected += 1
                if i % 100 == 99:
                    is_served(port, "127.0.0.11")
                    began = time.monotonic()
                    test_nvme.Client(channel).state()
                    assert time.monotonic() - began < 5
        assert held >= memory_mib, (connected, held)
        taken = resident_bytes(daemon) - before
        assert taken < (memory_mib << 2) * STRANGER_BYTES_MAX + BYTES_BESIDE, f"{connected} strangers take {taken} bytes"


# -- targets

class FakeTarget:
    """Listens, and does with each connection what `serve(socket)` says, until it is closed."""

    def __init__(self, serve):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.serve = serve
        self.is_over = threading.Event()
        self.connections = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.guard, args=(connection,), daemon=True).start()

    def guard(self, connection):
        with contextlib.suppress(OSError, ConnectionError, struct.error):
            self.serve(connection, self)

    def close(self):
        self.is_over.set()
        self.listener.close()
        for each in self.connections:
            each.close()


def receive(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data


def receive_pdu(connection):
    header = receive(connection, 8)
    return header + receive(connection, struct.unpack_from("<I", header, 4)[0] - 8)


def icresp(connection):
    assert receive_pdu(connection)[0] == nvme_tcp.PDU_ICREQ
    connection.sendall(struct.pack("<BBBBIHBBI", nvme_tcp.PDU_ICRESP, 0, 128, 0, 128, 0, 0, 0, 1 << 20).ljust(128, b"\0"))


def respond(connection, pdu, value=0, status=0):
    cid = struct.unpack_from("<H", pdu, 10)[0]
    connection.sendall(struct.pack("<BBBBIQHHHH", nvme_tcp.PDU_RESPONSE, 0, 24, 0, 24, value, 0, 0, cid, status << 1))


def mute(connection, target):
    target.is_over.wait()


def hangs_up(connection, target):
    connection.close()


def half_dead(connection, target):
    icresp(connection)
    target.is_over.wait()


def speaks_http(connection, target):
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 8)
    connection.recv(4096)


def refuses(connection, target):
    icresp(connection)
    respond(connection, receive_pdu(connection), status=0x184 | 0x4000)  # Connect Invalid Host, do not retry
    target.is_over.wait()


def never_ready(connection, target):
    """Takes every Fabrics command; CSTS.RDY stays 0, whatever CC says. CAP.TO is one second."""
    icresp(connection)
    while True:
        pdu = receive_pdu(connection)
        fabrics_type, offset = pdu[8 + 4], struct.unpack_from("<I", pdu, 8 + 44)[0]
        value = 0
        if fabrics_type == 0x01:
            value = 1  # CNTLID
        elif fabrics_type == 0x04:
            value = {0x00: 1 << 37 | 2 << 24 | 1 << 16 | 127, 0x08: 0x20000}.get(offset, 0)
        respond(connection, pdu, value)


def answers_nonsense(connection, target):
    icresp(connection)
    receive_pdu(connection)
    connection.sendall(b"\xff" * 64)
    target.is_over.wait()


CONNECT_SECONDS = 1.5
# What each is, how a try to connect to it ends, and how many seconds that may take at a machine that has much to do.
TARGETS = {
    "mute": (mute, Code.UNAVAILABLE, r"no ICResp came in time", (CONNECT_SECONDS, 4)),
    "hangs-up": (hangs_up, Code.UNAVAILABLE, r"(Connection reset by peer|the target closed the connection) before it said anything: it may require TLS, for which no key is given here", (0, 4)),
    "half-dead": (half_dead, Code.UNAVAILABLE, r"Connect: no answer to a command \(opcode 7fh\) within 1500 ms", (CONNECT_SECONDS, 4)),
    "http": (speaks_http, Code.UNAVAILABLE, r"protocol error: the target sent no ICResp to our ICReq", (0, 4)),
    "refuses": (refuses, Code.FAILED_PRECONDITION, r"Connect Invalid Host: it does not allow this host, or not without TLS", (0, 4)),
    "never-ready": (never_ready, Code.UNAVAILABLE, r"the controller did not become ready within 1000 ms \(CAP.TO, CRTO\) \(while enabling the controller\)", (1, 4)),
    "answers-nonsense": (answers_nonsense, Code.UNAVAILABLE, r"Connect: protocol error: the target sent a PDU of a type that a controller does not send", (0, 4)),
}


def set_connect_timeout(client):
    client.options.UpdateNvmeRemoteControllerOptions(test_nvme_remote.v1.UpdateNvmeRemoteControllerOptionsRequest(
        nvme_remote_controller_options=test_nvme_remote.v1.NvmeRemoteControllerOptions(
            name=REMOTE, connect_timeout_ms=int(CONNECT_SECONDS * 1000))))


@pytest.fixture
def remote(channel):
    made = test_nvme_remote.Client(channel)
    made.controller()
    set_connect_timeout(made)
    yield made
    for path in made.state().paths:
        made.delete_path(path.name)
    made.delete_controller()


def fails_to_connect(channel, create):
    """The error of `create()` and how many seconds it took; the API goes on meanwhile."""
    outcome = {}

    def run():
        started = time.monotonic()
        try:
            outcome["made"] = create()
        except grpc.RpcError as error:
            outcome["error"] = error
        outcome["seconds"] = time.monotonic() - started
    thread = threading.Thread(target=run)
    thread.start()
    while thread.is_alive():
        began = time.monotonic()
        opi.MALLOC.call(channel, "Get", name="volumes/malloc0")
        assert time.monotonic() - began < 2
        time.sleep(0.02)
    assert "made" not in outcome, outcome
    return outcome["error"], outcome["seconds"]


@pytest.mark.parametrize("kind", TARGETS, ids=str)
def test_targets_that_are_none(channel, remote, kind):
    serve, code, says, (least, most) = TARGETS[kind]
    target = FakeTarget(serve)
    try:
        error, seconds = fails_to_connect(channel, lambda: remote.path(target.port))
        assert (error.code(), least <= seconds < most) == (code, True), (seconds, error.details())
        place = f"127.0.0.1:{target.port}"
        assert re.fullmatch(f"no path to {place}: {place}(:| .*:) {says}", error.details()), error.details()
        assert not remote.state().paths, "nothing is left behind"
    finally:
        target.close()


def in_a_silent_network():
    """Runs the daemon where whatever is sent to SILENT_ADDRESS vanishes; skips where that cannot be had."""
    lines = ["ip link set lo up", "ip link add near type veth peer name far", "ip addr add 192.0.2.1/24 dev near",
             "ip link set near up", "ip link set far up",
             # Nobody at the other end has this address.
             f"ip neigh add {SILENT_ADDRESS} lladdr 02:00:00:00:00:09 dev near nud permanent"]
    wrapper = ["unshare", "--net", "sh", "-c", " && ".join([*lines, 'exec "$@"']), "sh"]
    if subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no network namespace with a veth here: needs root")
    return wrapper


def test_a_target_whose_packets_vanish():
    daemon = Daemon(wrapper=in_a_silent_network())
    try:
        daemon.start()
        with daemon.channel(daemon.socket) as channel:
            opi.make_base_volumes(channel)
            client = test_nvme_remote.Client(channel)
            client.controller()
            set_connect_timeout(client)
            error, seconds = fails_to_connect(channel, lambda: client.path(4420, traddr=SILENT_ADDRESS))
            assert error.code() == Code.UNAVAILABLE and CONNECT_SECONDS <= seconds < 4, (seconds, error)
            assert error.details() == f"no path to {SILENT_ADDRESS}:4420: {SILENT_ADDRESS}:4420: nobody answers"
            assert not client.state().paths, "nothing is left behind"
    finally:
        daemon.remove()


def test_a_port_where_nobody_listens(remote):
    number = free_port()
    opi.refused(lambda: remote.path(number), Code.UNAVAILABLE, f"no path to 127.0.0.1:{number}")


def test_a_target_without_that_subsystem(remote, port):
    opi.refused(lambda: remote.path(port, subnqn=nqn("other")), Code.FAILED_PRECONDITION, "no path to")
    assert not remote.state().paths


def test_the_discovery_subsystem_has_no_namespaces(remote, port):
    opi.refused(lambda: remote.path(port, subnqn=DISCOVERY), Code.INVALID_ARGUMENT,
                "a discovery service has no namespaces")
    assert not remote.state().paths


def test_a_target_that_dies_and_comes_back_otherwise(channel, remote, port):
    """First it is there; then the address belongs to somebody who speaks HTTP; then it is there again."""
    remote.path(port, subnqn=nqn("sub1"))
    client = test_nvme.Client(channel)
    client.delete(f"{SUB}/nvmeControllers/ctrl1")
    listener = socket.create_server(("127.0.0.1", port))
    listener.settimeout(20)
    connection, _ = listener.accept()
    with connection, contextlib.suppress(ConnectionError):
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 8)
        connection.recv(4096)
    state = remote.state()
    assert state.state == test_nvme_remote.v1.NvmeRemoteState.OFFLINE
    assert state.paths[0].state == test_nvme_remote.v1.NvmePathState.RECONNECTING and state.paths[0].state_reason
    listener.close()
    client.controller(SUB, "ctrl1", port, "0.0.0.0")
    test_nvme_remote.wait_for("the path", lambda: test_nvme_remote.is_live(remote))
