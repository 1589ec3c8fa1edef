"""Parsers of P4-16 (section 13): states, extraction, look-ahead, selection, errors. A parser that rejects leaves what it
has extracted and set, as v1model's ingress sees it."""

from dataclasses import dataclass

import tree
from values import BOOL, Bits, Fields, Unspecified, fresh


class Rejected(Exception):
    def __init__(self, error):
        self.error = error


class Packet:
    def __init__(self, data):
        self.bits, self.left = int.from_bytes(data, "big"), 8 * len(data)

    def peek(self, width):
        if width > self.left:
            raise Rejected("PacketTooShort")
        return (self.bits >> (self.left - width)) & ((1 << width) - 1)

    def take(self, width):
        number = self.peek(width)
        self.left -= width
        return number

    def rest(self):
        if self.left % 8:
            raise Unspecified
        return (self.bits & ((1 << self.left) - 1)).to_bytes(self.left // 8, "big")


def extract(packet, header):
    """All fields or, when the packet is too short, nothing (section 13.8.1)."""
    width = sum(kind.width for _, kind in header.kind.fields)
    number, left = packet.take(width), width
    header.set_valid(True)
    for name, kind in header.kind.fields:
        left -= kind.width
        header.values[name] = kind.wrap(number >> left)


@dataclass
class Extract:
    header: object

    def lines(self):
        return [f"packet.extract({self.header.text()});"]

    def run(self, frame):
        extract(frame.run["packet"], self.header.place(frame).get())


@dataclass
class ExtractNext:
    stack: object

    def lines(self):
        return [f"packet.extract({self.stack.text()}.next);"]

    def run(self, frame):
        stack = self.stack.place(frame).get()
        if stack.next_index >= stack.kind.size:
            raise Rejected("StackOutOfBounds")
        extract(frame.run["packet"], stack.elements[stack.next_index])
        stack.next_index += 1


@dataclass
class ExtractVarying:
    """With the width of the varbit; section 13.8.2."""

    header: object
    width: object

    def lines(self):
        return [f"packet.extract({self.header.text()}, {self.width.text()});"]

    def run(self, frame):
        packet, header = frame.run["packet"], self.header.place(frame).get()
        width = tree.specified(self.width.eval(frame))
        (_, fixed), (_, varying) = header.kind.fields
        if width > varying.width:
            if fixed.width + width > packet.left:
                raise Unspecified  # either error: BMv2 looks first whether there is room in the header
            raise Rejected("HeaderTooShort")
        packet.peek(fixed.width + width)
        header.set_valid(True)
        header.values = {"size": packet.take(fixed.width), "data": (width, packet.take(width))}


@dataclass
class Advance:
    amount: object

    def lines(self):
        return [f"packet.advance({self.amount.text()});"]

    def run(self, frame):
        frame.run["packet"].take(self.amount.eval(frame))


@dataclass
class Verify:
    condition: object
    error: str

    def lines(self):
        return [f"verify({self.condition.text()}, error.{self.error});"]

    def run(self, frame):
        if not tree.specified(self.condition.eval(frame)):
            raise Rejected(self.error)


def width_of(kind):
    return sum(width_of(of) for _, of in kind.fields) if isinstance(kind, Fields) else 1 if kind == BOOL else kind.width


def value_of(kind, number):
    """What these bits are as that type."""
    if not isinstance(kind, Fields):
        return number == 1 if kind == BOOL else kind.wrap(number)
    made, left = fresh(kind), width_of(kind)
    made.set_valid(True)
    for name, of in kind.fields:
        left -= width_of(of)
        made.values[name] = value_of(of, (number >> left) & ((1 << width_of(of)) - 1))
    return made


@dataclass
class Lookahead:
    kind: object

    def text(self):
        return f"packet.lookahead<{self.kind}>()"

    def eval(self, frame):
        return value_of(self.kind, frame.run["packet"].peek(width_of(self.kind)))


@dataclass
class LastIndex:
    """hdr.s.lastIndex: bit<32>; nothing says what it is of an empty stack."""

    stack: object
    kind = Bits(32)

    def text(self):
        return f"{self.stack.text()}.lastIndex"

    def eval(self, frame):
        index = self.stack.place(frame).get().next_index
        if index == 0:
            raise Unspecified
        return index - 1


@dataclass
class SubParser:
    """A parser applied in another. What its parameters have given when it rejects is not said anywhere."""

    type_name: str
    name: str
    parameters: list
    locals: list
    states: list
    kind = None
    is_control = True  # it has an apply()

    def declaration(self):
        lines = [line for one in [*self.locals, *self.states] for line in one.lines()]
        head = ", ".join(["packet_in packet", *(one.text() for one in self.parameters)])
        return "\n".join([f"parser {self.type_name}({head}) {{", *tree.indented(lines), "}\n"])

    def home(self, frame):
        while frame.outer is not None:
            frame = frame.outer
        return frame

    def run(self, frame):
        for one in self.locals:
            one.run(frame)
        if run_states(self.states, frame) is not None:
            raise Unspecified


@dataclass
class ApplyParser:
    call: tree.Call

    def lines(self):
        return [self.call.text().replace(".apply(", ".apply(packet, ").replace(", )", ")") + ";"]

    def run(self, frame):
        self.call.eval(frame)


@dataclass
class LastField:
    """hdr.s.last.x: of the element that was extracted last (section 8.18)."""

    kind: object
    stack: object
    name: str

    def text(self):
        return f"{self.stack.text()}.last.{self.name}"

    def eval(self, frame):
        stack = self.stack.place(frame).get()
        if stack.next_index == 0:
            raise Rejected("StackOutOfBounds")
        return tree.FieldPlace(stack.elements[stack.next_index - 1], self.name).get()


@dataclass
class Label:
    """One keyset of a select: a value, a mask, a range, or anything."""

    kind: object
    how: str
    low: int = 0
    high: int = 0  # or the mask

    def text(self):
        one, two = self.kind.literal(self.low), self.kind.literal(self.high)
        return {"value": one, "mask": f"{one} &&& {two}", "range": f"{one} .. {two}", "any": "_"}[self.how]

    def matches(self, value):
        return {
            "value": value == self.low,
            "mask": value & self.high == self.low & self.high,
            "range": self.low <= value <= self.high,
            "any": True,
        }[self.how]


@dataclass
class State:
    name: str
    statements: list
    selected: list  # expressions; none: always goes to the only target
    cases: list  # of (labels, state's name)

    def lines(self):
        lines = [line for one in self.statements for line in one.lines()]
        if not self.selected:
            lines.append(f"transition {self.cases[0][1]};")
        else:
            lines.append(f"transition select({', '.join(one.text() for one in self.selected)}) {{")
            for labels, target in self.cases:
                texts = ", ".join(label.text() for label in labels)
                lines.append(f"    {f'({texts})' if len(labels) > 1 else texts}: {target};")
            lines.append("}")
        return [f"state {self.name} {{", *tree.indented(lines), "}"]

    def run(self, frame):
        """The name of the state that is next."""
        inside = tree.Frame(frame)
        for one in self.statements:
            inside.step()
            one.run(inside)
        values = [tree.specified(one.eval(inside)) for one in self.selected]
        for labels, target in self.cases:
            if all(label.matches(value) for label, value in zip(labels, values)):
                return target
        raise Rejected("NoMatch")


def run_states(states, frame):
    """The error that the parser ends with; None: it accepts."""
    by_name, name = {one.name: one for one in states}, "start"
    try:
        while name not in ("accept", "reject"):
            frame.step()
            name = by_name[name].run(frame)
    except Rejected as rejected:
        return rejected.error
    return None if name == "accept" else "NoError"
