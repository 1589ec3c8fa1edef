"""Statements and expressions of P4-16 that can write themselves as text and do what the specification says.

The words are those of sections 6.8 (calls: arguments from left to right, copy-in, copy-out from left to right), 8.1
(order of evaluation), 8.5 to 8.9 (arithmetic) and 12 (statements). Nothing here knows of the compiler.
"""

from dataclasses import dataclass

from values import BOOL, Bits, TooLong, Unspecified, are_same, copied, fill, fresh, least

STEPS_MAX = 20_000


class Exit(Exception):
    pass


class Return(Exception):
    def __init__(self, value=None):
        self.value = value


class Break(Exception):
    pass


class Continue(Exception):
    pass


class Cell:
    def __init__(self, value):
        self.value = value


class Frame:
    """Variables that can be seen, innermost last; and what a run has used up."""

    def __init__(self, outer=None, run=None):
        self.cells = {}
        self.outer = outer
        self.run = run if run is not None else outer.run

    def find(self, name):
        frame = self
        while name not in frame.cells:
            frame = frame.outer
        return frame.cells[name]

    def declare(self, name, value):
        self.cells[name] = Cell(value)

    def step(self):
        self.run["steps"] += 1
        if self.run["steps"] > STEPS_MAX:
            raise TooLong


def specified(value):
    if value is None:
        raise Unspecified
    return value


# ---- Places: what an l-value means once its parts are evaluated ----


class VariablePlace:
    def __init__(self, cell):
        self.cell = cell

    def get(self):
        return self.cell.value

    def put(self, value):
        self.cell.value = fill(self.cell.value, value)


class FieldPlace:
    def __init__(self, record, name):
        self.record, self.name = record, name

    def get(self):
        if not self.record.is_valid:
            raise Unspecified  # section 8.17: an unspecified value
        return self.record.values[self.name]

    def put(self, value):
        if not self.record.is_valid:
            raise Unspecified  # changes nothing that can be seen, but the words are weak
        self.record.values[self.name] = fill(self.record.values[self.name], value)


class ElementPlace:
    def __init__(self, stack, index):
        self.stack, self.index = stack, index

    def get(self):
        return self.stack.elements[self.index]

    def put(self, value):
        fill(self.stack.elements[self.index], value)


class SlicePlace:
    def __init__(self, place, kind, high, low):
        self.place, self.kind, self.high, self.low = place, kind, high, low

    def get(self):
        return (specified(self.place.get()) >> self.low) & ((1 << (self.high - self.low + 1)) - 1)

    def put(self, value):
        whole = specified(self.place.get())
        mask = ((1 << (self.high - self.low + 1)) - 1) << self.low
        self.place.put(self.kind.wrap((whole & ~mask) | (value << self.low)))


# ---- Expressions ----


@dataclass
class Literal:
    kind: object
    value: object

    def text(self):
        return self.kind.literal(self.value)

    def eval(self, frame):
        return self.value


@dataclass
class Name:
    kind: object
    name: str

    def text(self):
        return self.name

    def place(self, frame):
        return VariablePlace(frame.find(self.name))

    def eval(self, frame):
        return copied(self.place(frame).get())


@dataclass
class Member:
    kind: object
    of: object
    name: str

    def text(self):
        return f"{self.of.text()}[{self.name}]" if self.of.kind.is_tuple else f"{self.of.text()}.{self.name}"

    def place(self, frame):
        return FieldPlace(self.of.place(frame).get(), self.name)

    def eval(self, frame):
        return copied(specified(self.place(frame).get()))


@dataclass
class Element:
    """An element of a stack; the index is evaluated once (section 6.7)."""

    kind: object
    of: object
    index: object

    def text(self):
        return f"{self.of.text()}[{self.index.text()}]"

    def place(self, frame):
        stack = self.of.place(frame).get()
        index = specified(self.index.eval(frame))
        if not 0 <= index < stack.kind.size:
            raise Unspecified
        return ElementPlace(stack, index)

    def eval(self, frame):
        return copied(self.place(frame).get())


@dataclass
class SliceOf:
    of: object
    high: int
    low: int

    @property
    def kind(self):
        return Bits(self.high - self.low + 1)

    def text(self):
        of = f"({self.of.text()})" if isinstance(self.of, Literal) else self.of.text()
        return f"{of}[{self.high}:{self.low}]"

    def place(self, frame):
        return SlicePlace(self.of.place(frame), self.of.kind, self.high, self.low)

    def eval(self, frame):
        return (specified(self.of.eval(frame)) >> self.low) & ((1 << (self.high - self.low + 1)) - 1)


@dataclass
class Unary:
    kind: object
    operator: str
    of: object

    def text(self):
        return f"({self.operator}({self.of.text()}))"

    def eval(self, frame):
        value = specified(self.of.eval(frame))
        if self.operator == "!":
            return not value
        return self.kind.wrap({"-": -value, "~": ~value, "+": value}[self.operator])


def compute(operator, kind, left, right):
    """Binary operators on two values of bit<W> or int<W> (sections 8.5, 8.6)."""
    if operator in ("==", "!=", "<", "<=", ">", ">="):
        return {
            "==": left == right,
            "!=": left != right,
            "<": left < right,
            "<=": left <= right,
            ">": left > right,
            ">=": left >= right,
        }[operator]
    if operator == "|+|":
        return kind.saturate(left + right)
    if operator == "|-|":
        return kind.saturate(left - right)
    return kind.wrap(
        {
            "+": left + right,
            "-": left - right,
            "*": left * right,
            "&": left & right,
            "|": left | right,
            "^": left ^ right,
        }[operator]
    )


@dataclass
class Binary:
    kind: object
    operator: str
    left: object
    right: object

    def text(self):
        return f"({self.left.text()} {self.operator} {self.right.text()})"

    def eval(self, frame):
        left = specified(self.left.eval(frame))
        if self.operator == "&&":
            return left and specified(self.right.eval(frame))
        if self.operator == "||":
            return left or specified(self.right.eval(frame))
        right = specified(self.right.eval(frame))
        if self.operator == "<<":
            return self.kind.wrap(left << min(right, 4096))
        if self.operator == ">>":
            return left >> min(right, 4096)
        if self.operator == "++":
            width = self.right.kind.width
            return self.kind.wrap((left << width) | (right & ((1 << width) - 1)))
        return compute(self.operator, self.left.kind, left, right)


@dataclass
class Conditional:
    kind: object
    condition: object
    yes: object
    no: object

    def text(self):
        return f"({self.condition.text()} ? {self.yes.text()} : {self.no.text()})"

    def eval(self, frame):
        return specified((self.yes if specified(self.condition.eval(frame)) else self.no).eval(frame))


@dataclass
class Cast:
    kind: object
    of: object

    def text(self):
        return f"(({self.kind}){self.of.text()})"

    def eval(self, frame):
        value = specified(self.of.eval(frame))
        if self.kind == BOOL:
            return value == 1
        return self.kind.wrap(int(value))


@dataclass
class RecordOf:
    """A struct, header or tuple of its fields' values, in order or by their names (sections 8.13, 8.14); those that are not
    given are what `...` stands for."""

    kind: object
    values: list
    has_names: bool
    has_type: bool = True

    def text(self):
        texts = [one.text() for one in self.values]
        if self.has_names and not self.kind.is_tuple:
            texts = [f"{name} = {text}" for (name, _), text in zip(self.kind.fields, texts)]
        if len(texts) < len(self.kind.fields):
            texts.append("...")
        braces = "{" + ", ".join(texts) + "}"
        return f"(({self.kind}){braces})" if self.has_type and not self.kind.is_tuple else braces

    def eval(self, frame):
        made = fresh(self.kind)
        for (name, _), one in zip(self.kind.fields, self.values):
            made.values[name] = specified(one.eval(frame))
        for name, kind in self.kind.fields[len(self.values) :]:
            made.values[name] = least(kind)
        made.is_valid = True
        return made


@dataclass
class NoHeader:
    """A header that is not valid (section 8.17)."""

    kind: object

    def text(self):
        return f"(({self.kind}){{#}})"

    def eval(self, frame):
        return fresh(self.kind)


@dataclass
class Same:
    """== and != of structs, headers, stacks, unions and tuples."""

    operator: str
    left: object
    right: object
    kind = BOOL

    def text(self):
        return f"({self.left.text()} {self.operator} {self.right.text()})"

    def eval(self, frame):
        left, right = self.left.eval(frame), self.right.eval(frame)
        return are_same(left, right) == (self.operator == "==")


@dataclass
class IsValid:
    of: object
    kind = BOOL

    def text(self):
        return f"{self.of.text()}.isValid()"

    def eval(self, frame):
        value = self.of.place(frame).get()
        if value.kind.is_union:
            return any(header.is_valid for header in value.values.values())
        return value.is_valid


@dataclass
class Call:
    """Of a function, action or control: `callee` has parameters and run()."""

    callee: object
    arguments: list  # None: the parameter has a value of its own
    has_names: bool = False

    @property
    def kind(self):
        return self.callee.kind

    def text(self):
        suffix = ".apply" if self.callee.is_control else ""
        given = [(one.name, value) for one, value in zip(self.callee.parameters, self.arguments) if value is not None]
        texts = [f"{name} = {value.text()}" if self.has_names else value.text() for name, value in given]
        return f"{self.callee.name}{suffix}({', '.join(texts)})"

    def eval(self, frame):
        frame.step()
        inside = Frame(self.callee.home(frame))
        places = []
        for parameter, argument in zip(self.callee.parameters, self.arguments):
            if parameter.direction in ("in", ""):
                value = parameter.value if argument is None else argument
                inside.declare(parameter.name, specified(value.eval(frame)))
                places.append(None)
                continue
            place = argument.place(frame)
            places.append(place)
            if parameter.direction == "inout":
                value = place.get()
                inside.declare(parameter.name, copied(specified(value)))
            else:
                inside.declare(parameter.name, fresh(parameter.kind))
        try:
            return self.callee.run(inside)
        finally:
            # Copy-out takes place after return and exit alike (sections 6.8, 12.4, 12.5).
            for parameter, place in zip(self.callee.parameters, places):
                if place is not None:
                    place.put(copied(inside.find(parameter.name).value))


@dataclass
class TableHit:
    table: object
    wants: str  # "hit" or "miss"
    kind = BOOL

    def text(self):
        return f"{self.table.name}.apply().{self.wants}"

    def eval(self, frame):
        is_hit, _ = self.table.apply(frame)
        return is_hit == (self.wants == "hit")


# ---- Statements ----


def indented(lines):
    return ["    " + line for line in lines]


@dataclass
class Declare:
    kind: object
    name: str
    value: object = None

    def lines(self):
        return [
            f"{self.kind} {self.name};" if self.value is None else f"{self.kind} {self.name} = {self.value.text()};"
        ]

    def run(self, frame):
        frame.declare(self.name, fresh(self.kind) if self.value is None else specified(self.value.eval(frame)))


@dataclass
class Assign:
    to: object
    value: object

    def lines(self):
        return [f"{self.to.text()} = {self.value.text()};"]

    def run(self, frame):
        place = self.to.place(frame)  # the l-value first (section 8.1)
        value = self.value.eval(frame)
        place.put(specified(value))


@dataclass
class CompoundAssign:
    """`to op= value`: as `to = to op value`, but `to` is evaluated once (section 12.1)."""

    to: object
    operator: str
    value: object

    def lines(self):
        return [f"{self.to.text()} {self.operator}= {self.value.text()};"]

    def run(self, frame):
        place, kind = self.to.place(frame), self.to.kind
        old = specified(place.get())
        value = specified(self.value.eval(frame))
        if self.operator in ("<<", ">>"):
            place.put(kind.wrap(old << min(value, 4096)) if self.operator == "<<" else old >> min(value, 4096))
        else:
            place.put(compute(self.operator, kind, old, value))


@dataclass
class Evaluate:
    call: object

    def lines(self):
        return [self.call.text() + ";"]

    def run(self, frame):
        self.call.eval(frame)


@dataclass
class Block:
    statements: list

    def lines(self):
        return ["{", *indented([line for one in self.statements for line in one.lines()]), "}"]

    def run(self, frame):
        inside = Frame(frame)
        for one in self.statements:
            inside.step()
            one.run(inside)


@dataclass
class If:
    condition: object
    yes: Block
    no: Block = None

    def lines(self):
        lines = [f"if ({self.condition.text()})", *self.yes.lines()]
        return lines if self.no is None else [*lines, "else", *self.no.lines()]

    def run(self, frame):
        if specified(self.condition.eval(frame)):
            self.yes.run(frame)
        elif self.no is not None:
            self.no.run(frame)


@dataclass
class SwitchValue:
    """On an expression (section 12.7.2): labels without a block fall through to the next."""

    of: object
    cases: list  # of (labels, Block); None among the labels is `default`

    def lines(self):
        lines = []
        for labels, block in self.cases:
            texts = ["default" if label is None else label.text() for label in labels]
            lines += [text + ":" for text in texts[:-1]]
            body = block.lines()
            lines += [f"{texts[-1]}: {body[0]}", *body[1:]]
        return [f"switch ({self.of.text()}) {{", *indented(lines), "}"]

    def run(self, frame):
        value = specified(self.of.eval(frame))
        chosen = None
        for labels, block in self.cases:
            if any(label is not None and label.value == value for label in labels):
                block.run(frame)
                return
            if None in labels:
                chosen = block
        if chosen is not None:
            chosen.run(frame)


@dataclass
class SwitchAction:
    table: object
    cases: list  # of (actions' names, Block); None is `default`

    def lines(self):
        lines = []
        for names, block in self.cases:
            texts = ["default" if name is None else name for name in names]
            lines += [text + ":" for text in texts[:-1]]
            body = block.lines()
            lines += [f"{texts[-1]}: {body[0]}", *body[1:]]
        return [f"switch ({self.table.name}.apply().action_run) {{", *indented(lines), "}"]

    def run(self, frame):
        _, action = self.table.apply(frame)
        chosen = None
        for names, block in self.cases:
            if action in names:
                block.run(frame)
                return
            if None in names:
                chosen = block
        if chosen is not None:
            chosen.run(frame)


@dataclass
class CountingLoop:
    """for (kind i = 0; i < turns; i = i + 1) (section 12.8)."""

    kind: object
    name: str
    turns: int
    body: Block

    def lines(self):
        one, zero, end = self.kind.literal(1), self.kind.literal(0), self.kind.literal(self.turns)
        head = f"for ({self.kind} {self.name} = {zero}; {self.name} < {end}; {self.name} = {self.name} + {one})"
        return [head, *self.body.lines()]

    def run(self, frame):
        inside = Frame(frame)
        inside.declare(self.name, 0)
        while inside.find(self.name).value < self.turns:
            try:
                self.body.run(inside)
            except Break:
                return
            except Continue:
                pass
            cell = inside.find(self.name)
            cell.value = self.kind.wrap(cell.value + 1)


class ForIn:
    """for (kind name in ...): the body once for each of turns(frame), which are evaluated before the first."""

    def run(self, frame):
        for value in self.turns(frame):
            inside = Frame(frame)
            inside.declare(self.name, value)
            try:
                self.body.run(inside)
            except Break:
                return
            except Continue:
                pass


@dataclass
class RangeLoop(ForIn):
    """for (kind i in low .. high): from the least to the greatest, both of them."""

    kind: object
    name: str
    low: object
    high: object
    body: Block

    def lines(self):
        return [f"for ({self.kind} {self.name} in {self.low.text()} .. {self.high.text()})", *self.body.lines()]

    def turns(self, frame):
        low, high = specified(self.low.eval(frame)), specified(self.high.eval(frame))
        return range(low, high + 1)


@dataclass
class ListLoop(ForIn):
    """for (kind i in values): all of them are evaluated before the first turn."""

    kind: object
    name: str
    values: list
    body: Block

    def lines(self):
        values = ", ".join(one.text() for one in self.values)
        return [f"for ({self.kind} {self.name} in (list<{self.kind}>){{{values}}})", *self.body.lines()]

    def turns(self, frame):
        return [specified(one.eval(frame)) for one in self.values]


@dataclass
class StackLoop(ListLoop):
    """for (header i in stack); `values` is the stack alone."""

    def lines(self):
        return [f"for ({self.kind} {self.name} in {self.values[0].text()})", *self.body.lines()]

    def turns(self, frame):
        return self.values[0].eval(frame).elements


@dataclass
class Jump:
    word: str  # exit, break, continue, return
    value: object = None

    def lines(self):
        return [f"{self.word};" if self.value is None else f"{self.word} {self.value.text()};"]

    def run(self, frame):
        if self.word == "return":
            raise Return(None if self.value is None else specified(self.value.eval(frame)))
        raise {"exit": Exit, "break": Break, "continue": Continue}[self.word]()


@dataclass
class SetValidity:
    of: object
    is_valid: bool

    def lines(self):
        return [f"{self.of.text()}.set{'Valid' if self.is_valid else 'Invalid'}();"]

    def run(self, frame):
        header = self.of.place(frame).get()
        if self.is_valid and not header.is_valid:
            header.values = {name: None for name in header.values}
        header.set_valid(self.is_valid)


@dataclass
class Shift:
    """push_front, pop_front (section 8.18)."""

    of: object
    is_push: bool
    count: int

    def lines(self):
        return [f"{self.of.text()}.{'push' if self.is_push else 'pop'}_front({self.count});"]

    def run(self, frame):
        stack = self.of.place(frame).get()
        count = min(self.count, stack.kind.size)
        new = [fresh(stack.kind.element) for _ in range(count)]
        if self.is_push:
            elements = (new + stack.elements)[: stack.kind.size]
        else:
            elements = stack.elements[count:] + new
        for element, value in zip(stack.elements, [copied(one) for one in elements]):
            fill(element, value)
