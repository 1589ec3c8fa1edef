"""As much of an NVMe/TCP host as it takes to knock at a target's door: ICReq and Connect (TCP Transport 1.0; Base 2.0)."""
import hashlib
import hmac
import socket
import struct
import uuid

PDU_ICREQ, PDU_ICRESP, PDU_COMMAND, PDU_RESPONSE, PDU_C2H_TERM, PDU_C2H_DATA = 0, 1, 4, 5, 3, 7
HOSTNQN = "nqn.2014-08.org.nvmexpress:uuid:feb98abe-d51f-40c8-b348-2753f3571d3c"
SUCCESS = 0
CONNECT_INVALID_PARAMETERS, CONNECT_INVALID_HOST = 0x182, 0x184  # command specific
AUTHENTICATION_REQUIRED = 0x191  # command specific
CONNECT_ATR, CONNECT_ASCR = 1 << 17, 1 << 18  # of Connect's result (Base 2.0, 6.3)
SHA256, DH_NULL = 1, 0


class Connection:
    """One connection: an admin queue when `connect()` has succeeded."""

    def __init__(self, address, port, source=None):
        self.socket = socket.create_connection((address, port), timeout=10,
                                               source_address=(source, 0) if source else None)
        self.result = 0  # dword 0 of the last Connect's completion
        self.cid = 0

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def receive(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise ConnectionError("the target closed the connection")
            data += piece
        return data

    def receive_pdu(self):
        """(type, whole PDU)"""
        header = self.receive(8)
        length = struct.unpack_from("<I", header, 4)[0]
        return header[0], header + self.receive(length - 8)

    def initialise(self):
        """ICReq; the PFV that the ICResp has."""
        request = struct.pack("<BBBBIHBBI", PDU_ICREQ, 0, 128, 0, 128, 0, 0, 0, 0).ljust(128, b"\0")
        self.socket.sendall(request)
        kind, pdu = self.receive_pdu()
        assert kind == PDU_ICRESP and len(pdu) == 128, (kind, pdu)
        return struct.unpack_from("<H", pdu, 8)[0]

    def connect(self, subnqn, hostnqn=HOSTNQN, keep_alive_ms=0, cntlid=0xFFFF):
        """Connect of an admin queue: (status without its retry bits, CNTLID). `cntlid`: which is asked for; FFFFh: any."""
        data = (uuid.UUID("feb98abe-d51f-40c8-b348-2753f3571d3c").bytes + struct.pack("<H", cntlid)).ljust(256, b"\0")
        for name in (subnqn, hostnqn):
            data += (name if isinstance(name, bytes) else name.encode()).ljust(256, b"\0")
        data = data.ljust(1024, b"\0")
        sgl = struct.pack("<QI3xB", 0, len(data), 0x01)  # in the capsule
        command = struct.pack("<BBHB35x", 0x7F, 0x40, 0x1234, 0x01)[:24].ljust(24, b"\0")
        command += sgl + struct.pack("<HHHBxI12x", 0, 0, 31, 0, keep_alive_ms)
        assert len(command) == 64, len(command)
        header = struct.pack("<BBBBI", PDU_COMMAND, 0, 72, 72, 72 + len(data))
        self.socket.sendall(header + command + data)
        kind, pdu = self.receive_pdu()
        assert kind == PDU_RESPONSE, (kind, pdu)
        self.result, cid, status = struct.unpack_from("<I8xHH", pdu, 8)
        assert cid == 0x1234
        return (status >> 1) & 0x7FF, self.result & 0xFFFF

    def command(self, opcode, body, sent=b"", wanted=0):
        """Any command, `body` the bytes of its entry by place: (status without its retry bits, data)."""
        self.cid += 1
        sqe = bytearray(64)
        sgl = struct.pack("<QI3xB", 0, len(sent), 0x01) if sent else struct.pack("<QI3xB", 0, wanted, 0x5A)
        sqe[0:4] = struct.pack("<BBH", opcode, 0x40, self.cid)
        sqe[24:40] = sgl
        for place, value in body.items():
            sqe[place:place + len(value)] = value
        header = struct.pack("<BBBBI", PDU_COMMAND, 0, 72, 72 if sent else 0, 72 + len(sent))
        self.socket.sendall(header + bytes(sqe) + sent)
        data = b""
        while True:
            kind, pdu = self.receive_pdu()
            if kind == PDU_C2H_DATA:
                data += pdu[pdu[3]:]
                continue
            assert kind == PDU_RESPONSE, (kind, pdu)
            cid, status = struct.unpack_from("<12xHH", pdu, 8)
            assert cid == self.cid
            return (status >> 1) & 0x7FF, data

    def identify_controller(self):
        return self.command(0x06, {40: struct.pack("<I", 1)}, wanted=4096)[0]

    def authentication(self, sent=b""):
        """Authentication Send, or Receive: (status, data)."""
        length = len(sent) or 2048
        body = {4: b"\x05" if sent else b"\x06", 41: b"\x01\x01\xe9", 44: struct.pack("<I", length)}
        return self.command(0x7F, body, sent, 0 if sent else length)

    def authenticate(self, secret, subnqn, hostnqn=HOSTNQN, t_id=7):
        """A DH-HMAC-CHAP transaction with SHA-256 and no Diffie-Hellman, of a key that is used as it is: whether the
        controller is content (Base 2.0, 8.13.5)."""
        protocol = struct.pack("<BxBB", 1, 1, 1) + bytes([SHA256]).ljust(30, b"\0") + bytes([DH_NULL]).ljust(30, b"\0")
        assert self.authentication(struct.pack("<BBxxHBB", 0, 0, t_id, 0, 1) + protocol)[0] == SUCCESS
        status, challenge = self.authentication()
        if status != SUCCESS or challenge[1] != 0x01:
            return False
        assert (challenge[6], challenge[8], challenge[9]) == (32, SHA256, DH_NULL), challenge
        seqnum = struct.unpack_from("<I", challenge, 12)[0]
        said = challenge[16:48] + struct.pack("<IHB", seqnum, t_id, 0) + b"HostHost" + hostnqn.encode() + b"\0"
        response = hmac.digest(secret, said + subnqn.encode(), hashlib.sha256)
        reply = struct.pack("<BBxxHBxBxHI", 1, 2, t_id, 32, 0, 0, 0) + response + bytes(32)
        assert self.authentication(reply)[0] == SUCCESS
        status, answer = self.authentication()
        return status == SUCCESS and answer[1] == 0x03


def connect(address, port, subnqn, hostnqn=HOSTNQN, source=None):
    """Connects once and closes again: the status of Connect."""
    with Connection(address, port, source) as connection:
        assert connection.initialise() == 0
        return connection.connect(subnqn, hostnqn)[0]


def is_turned_away(address, port, source):
    """Does the target hang up before anything is said?"""
    try:
        with Connection(address, port, source) as connection:
            return connection.initialise() != 0
    except (ConnectionError, AssertionError):
        return True


class Queue(Connection):
    """A connection that gives commands, one at a time or as many as `pipeline()` is told."""

    def __init__(self, address, port, source=None):
        super().__init__(address, port, source)
        assert self.initialise() == 0
        self.cid = 0

    def send(self, opcode, nsid=0, cdw10=0, cdw11=0, cdw12=0, data=b"", length=0, fabrics=b""):
        """One command; `fabrics`: bytes 40 to 63 of a Fabrics command, of the type `nsid`."""
        self.cid = self.cid % 0xFFF0 + 1
        sgl = struct.pack("<QI3xB", 0, len(data) or length, 0x01 if data else 0x5A)
        tail = fabrics.ljust(24, b"\0") if fabrics else struct.pack("<III12x", cdw10, cdw11, cdw12)
        sqe = struct.pack("<BBHI16x", opcode, 0x40, self.cid, nsid) + sgl + tail
        header = struct.pack("<BBBBI", PDU_COMMAND, 0, 72, 72 if data else 0, 72 + len(data))
        self.socket.sendall(header + sqe + data)
        return self.cid

    def finish(self):
        """The next command to end: (cid, status without its retry bits, result, data)."""
        data = b""
        while True:
            kind, pdu = self.receive_pdu()
            if kind == PDU_RESPONSE:
                result, cid, status = struct.unpack_from("<Q4xHH", pdu, 8)
                return cid, status >> 1 & 0x7FF, result, data
            assert kind == PDU_C2H_DATA, kind
            data += pdu[pdu[3]:]
            if pdu[1] & 0x08:  # SUCCESS: no response follows
                return struct.unpack_from("<H", pdu, 8)[0], SUCCESS, 0, data

    def call(self, *words, **fields):
        """Gives one command and waits for its end: (status, result, data)."""
        sent = self.send(*words, **fields)
        cid, status, result, data = self.finish()
        assert cid == sent
        return status, result, data


class Refused(AssertionError):
    """Connect ended with this status."""

    def __init__(self, status):
        super().__init__(hex(status))
        self.status = status


class Host:
    """A host with an enabled controller; `open()` gives it I/O queues."""

    def __init__(self, address, port, subnqn, hostnqn=HOSTNQN, source=None):
        self.address, self.port, self.source, self.subnqn, self.hostnqn = address, port, source, subnqn, hostnqn
        self.queues = []
        self.admin = Queue(address, port, source)
        status, self.cntlid = self.admin.connect(subnqn, hostnqn)
        if status != SUCCESS:
            self.admin.close()
            raise Refused(status)
        self.set_property(0x14, 6 << 16 | 4 << 20 | 1)  # CC: entries of 64 and 16 bytes, enabled
        while not self.get_property(0x1C) & 1:  # CSTS.RDY
            pass

    def set_property(self, offset, value):
        assert self.admin.call(0x7F, 0x00, fabrics=struct.pack("<B3xIQ", 0, offset, value))[0] == SUCCESS

    def get_property(self, offset):
        status, result, _ = self.admin.call(0x7F, 0x04, fabrics=struct.pack("<B3xI", 0, offset))
        assert status == SUCCESS
        return result

    def ask_for_queues(self, count):
        """How many it may have."""
        status, result, _ = self.admin.call(0x09, 0, 0x07, (count - 1) << 16 | (count - 1))
        assert status == SUCCESS
        return (result & 0xFFFF) + 1

    def open(self, qid=1, entries=64):
        """An I/O queue, or the status with which it was refused."""
        queue = Queue(self.address, self.port, self.source)
        self.queues.append(queue)
        data = uuid.UUID("feb98abe-d51f-40c8-b348-2753f3571d3c").bytes + struct.pack("<H", self.cntlid)
        data = data.ljust(256, b"\0") + self.subnqn.encode().ljust(256, b"\0") + self.hostnqn.encode().ljust(256, b"\0")
        status, _, _ = queue.call(0x7F, 0x01, fabrics=struct.pack("<HHH", 0, qid, entries - 1), data=data.ljust(1024, b"\0"))
        return queue if status == SUCCESS else status

    def close(self):
        for queue in [*self.queues, self.admin]:
            queue.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def read(queue, lba, blocks, block_size=512, nsid=1):
    """(status, data)"""
    status, _, data = queue.call(0x02, nsid, lba, 0, blocks - 1, length=blocks * block_size)
    return status, data


def write(queue, lba, data, block_size=512, nsid=1):
    """The status; at most 8 KiB, which go in the capsule."""
    return queue.call(0x01, nsid, lba, 0, len(data) // block_size - 1, data=data)[0]
