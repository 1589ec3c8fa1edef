"""Parsers of P4-16 (section 13): states, extraction, look-ahead, selection, errors. A parser that rejects leaves what it
has extracted and set, as v1model's ingress sees it."""

from dataclasses import dataclass

import tree
from values import BOOL, Bits, Unspecified


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


@dataclass
class Lookahead:
    kind: Bits

    def text(self):
        return f"packet.lookahead<{self.kind}>()"

    def eval(self, frame):
        return self.kind.wrap(frame.run["packet"].peek(self.kind.width))


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

    kind: Bits
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


class ParserGenerator:
    """States that go on to later ones, and back to themselves while a stack has room."""

    def __init__(self, make, scope, stack, headers):
        self.make, self.scope, self.stack, self.headers = make, scope, stack, list(headers)
        self.locals = []

    def parser(self):
        make = self.make
        kind, name = make.scalar(), make.name("pv")
        self.locals.append(tree.Declare(kind, name, make.number(kind)))
        self.scope.variables.append((tree.Name(kind, name), True))
        count = make.random.randint(1, 4)
        names = ["start", *(make.name("parse") for _ in range(count - 1))]
        return [self.state(i, names) for i in range(count)]

    def state(self, number, names):
        make = self.make
        statements = [Extract(self.headers.pop(0))] if number == 0 else []
        makers = [
            self.extract_next,
            self.extract_next,
            self.extract_header,
            self.verify,
            self.assign,
            self.assign,
            self.skip,
        ]
        for _ in range(make.random.randint(0, 4)):
            made = make.random.choice(makers)()
            if made is not None:
                statements.append(made)
        later = [*names[number + 1 :], "accept", "accept", "accept"]
        if make.chance(8):
            later.append("reject")
        if make.chance(25):
            return State(names[number], statements, [], [([], make.random.choice(later))])
        selected = [self.selected() for _ in range(make.random.randint(1, 2))]
        targets = later + ([names[number]] if any(isinstance(one, ExtractNext) for one in statements) else [])
        cases = [
            ([self.label(one.kind) for one in selected], make.random.choice(targets))
            for _ in range(make.random.randint(1, 4))
        ]
        if make.chance(80):
            cases.append(([Label(one.kind, "any") for one in selected], make.random.choice(later)))
        return State(names[number], statements, selected, cases)

    def selected(self):
        make, kind = self.make, Bits(self.make.random.choice((1, 2, 8, 8, 16)))
        choice = make.random.randrange(4)
        if choice == 0:
            return Lookahead(kind)
        if choice == 1 and kind.width in (8, 16):
            return LastField(kind, self.stack, {8: "x", 16: "y"}[kind.width])
        return make.expression(self.scope, kind, 2)

    def label(self, kind):
        make, most = self.make, (1 << kind.width) - 1
        how = make.random.choice(("value", "mask", "range", "mask"))
        low, high = make.random.getrandbits(kind.width), make.random.getrandbits(kind.width)
        if how == "value" and make.chance(60):
            low = make.random.choice((0, 1, most))
        if how == "mask":
            high = make.random.choice((0, 1, 3, high)) & most
        return Label(kind, how, *(sorted((low, high)) if how == "range" else (low, high)))

    def extract_next(self):
        return ExtractNext(self.stack)

    def extract_header(self):
        return Extract(self.headers.pop(0)) if self.headers else None

    def verify(self):
        make = self.make
        if make.chance(50):
            return None
        condition = tree.Binary(BOOL, "||", make.expression(self.scope, BOOL, 2), make.expression(self.scope, BOOL, 2))
        return Verify(condition, make.random.choice(("ErrorOne", "ErrorTwo", "NoMatch")))

    def assign(self):
        return self.make.assign(self.scope, 0)

    def skip(self):
        make = self.make
        if make.chance(60):
            return None
        amount = tree.Literal(Bits(32), 8 * make.random.randrange(3))
        if make.chance(50):
            value = tree.Cast(Bits(32), make.expression(self.scope, Bits(8), 1))
            amount = tree.Binary(Bits(32), "&", value, tree.Literal(Bits(32), 8))
        return Advance(amount)
