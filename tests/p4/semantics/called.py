"""What statements call: functions, actions, controls, tables (P4-16 sections 10, 14)."""

from dataclasses import dataclass

import tree
from values import BOOL


@dataclass
class Parameter:
    direction: str
    kind: object
    name: str
    value: object = None  # where no argument is given

    def text(self):
        value = "" if self.value is None else f" = {self.value.text()}"
        return f"{self.direction} {self.kind} {self.name}{value}".strip()


@dataclass
class Callable:
    name: str
    parameters: list
    body: tree.Block
    kind: object = None  # a function's result
    what: str = "function"
    globals_of: object = None  # what a function's body sees: the run's outermost frame

    @property
    def is_control(self):
        return self.what == "control"

    def home(self, frame):
        """Where the body's free names are found: an action's in the control that it stands in."""
        while frame.outer is not None and (self.what != "action" or "$control" not in frame.cells):
            frame = frame.outer
        return frame

    def head(self):
        return f"{self.name}({', '.join(one.text() for one in self.parameters)})"

    def lines(self):
        first = "action " if self.what == "action" else "void " if self.kind is None else f"{self.kind} "
        return [first + self.head(), *self.body.lines()]

    def run(self, frame):
        try:
            self.body.run(frame)
        except tree.Return as result:
            return result.value
        return None


@dataclass
class SubControl:
    """A control with locals, actions and instances of its own, applied inside another; `name` is the instance's, or
    that of the type where it is applied without one (section 15.1)."""

    type_name: str
    name: str
    parameters: list
    locals: list
    body: tree.Block
    constants: list  # parameters of its constructor
    given: list  # and their literals
    kind = None
    is_control = True

    def has_tables(self):
        """Itself, or what it applies."""
        return any(isinstance(one, Table) or (isinstance(one, SubControl) and one.has_tables()) for one in self.locals)

    def home(self, frame):
        while frame.outer is not None:
            frame = frame.outer
        return frame

    def declaration(self):
        inner = [line for one in self.locals for line in one.lines()]
        body = self.body.lines()
        constants = ", ".join(one.text() for one in self.constants)
        head = f"control {self.type_name}({', '.join(one.text() for one in self.parameters)})"
        head += f"({constants}) {{" if constants else " {"
        return "\n".join([head, *tree.indented(inner), *tree.indented(["apply " + body[0], *body[1:]]), "}"]) + "\n"

    def lines(self):
        """The instance; nothing where it is applied without one."""
        given = ", ".join(one.text() for one in self.given)
        return [] if self.name == self.type_name else [f"{self.type_name}({given}) {self.name};"]

    def run(self, frame):
        frame.declare("$control", True)
        for constant, value in zip(self.constants, self.given):
            frame.declare(constant.name, value.value)
        for one in self.locals:
            if isinstance(one, tree.Declare):
                one.run(frame)
        try:
            self.body.run(frame)
        except tree.Return:
            pass


@dataclass
class Key:
    """What one key of an entry matches: `what` is exact, masked (ternary and lpm), range or any."""

    what: str
    low: int = 0
    high: int = 0  # or the mask

    def matches(self, value):
        if self.what == "masked":
            return value & self.high == self.low & self.high
        return self.what == "any" or self.low <= value <= self.high

    def text(self, kind):
        if self.what == "any":
            return "_"
        if self.what == "exact":
            return kind.literal(self.low)
        return f"{kind.literal(self.low)} {'&&&' if self.what == 'masked' else '..'} {kind.literal(self.high)}"


@dataclass
class Entry:
    keys: list
    action: int
    data: list


@dataclass
class Table:
    name: str
    keys: list  # of (expression, match kind)
    actions: list  # of (Callable, bound arguments)
    entries: list
    default: tuple  # (action's number, data); none: NoAction
    priorities: list = None  # the greatest wins; none: the first

    def reference(self, number, data):
        action, bound = self.actions[number]
        return f"{action.name}({', '.join(one.text() for one in [*bound, *data])})"

    def lines(self):
        lines = [f"table {self.name} {{", "    key = {"]
        lines += [
            f'        {expression.text()} : {kind} @name("k{i}");' for i, (expression, kind) in enumerate(self.keys)
        ]
        lines += ["    }", "    actions = {"]
        for action, bound in self.actions:
            arguments = f"({', '.join(one.text() for one in bound)})" if bound else ""
            lines.append(f"        {action.name}{arguments};")
        lines.append("    }")
        if self.default is not None:
            lines.append(f"    const default_action = {self.reference(*self.default)};")
        lines.append("    const entries = {" if self.priorities is None else "    entries = {")
        for i, entry in enumerate(self.entries):
            keys = ", ".join(key.text(expression.kind) for key, (expression, _) in zip(entry.keys, self.keys))
            priority = "" if self.priorities is None else f"priority = {self.priorities[i]} : "
            lines.append(f"        {priority}({keys}) : {self.reference(entry.action, entry.data)};")
        return [*lines, "    }", "}"]

    def in_order(self):
        """The first that matches counts (section 14.2.1.4); of prefixes alone, the longest."""
        if self.priorities is not None:
            order = sorted(range(len(self.entries)), key=lambda i: -self.priorities[i])
            return [self.entries[i] for i in order]
        kinds = [kind for _, kind in self.keys]
        if "lpm" not in kinds or any(kind in ("ternary", "range", "optional") for kind in kinds):
            return self.entries
        place = kinds.index("lpm")
        return sorted(self.entries, key=lambda entry: -entry.keys[place].high)

    def apply(self, frame):
        """Keys from left to right, then the first entry that matches; its action with bound arguments and data."""
        frame.step()
        values = [tree.specified(expression.eval(frame)) for expression, _ in self.keys]
        chosen, is_hit = self.default, False
        for entry in self.in_order():
            if all(key.matches(value) for key, value in zip(entry.keys, values)):
                chosen, is_hit = (entry.action, entry.data), True
                break
        if chosen is None:
            return is_hit, "NoAction"
        action, bound = self.actions[chosen[0]]
        tree.Call(action, [*bound, *chosen[1]]).eval(frame)
        return is_hit, action.name


@dataclass
class Apply:
    table: object

    def lines(self):
        return [f"{self.table.name}.apply();"]

    def run(self, frame):
        self.table.apply(frame)


@dataclass
class Register:
    """v1model's: what is in it stays from packet to packet."""

    name: str
    kind: object
    size: int

    def lines(self):
        return [f"register<{self.kind}>({self.size}) {self.name};"]

    def cells(self, frame):
        return frame.run["registers"].setdefault(self.name, [0] * self.size)


@dataclass
class RegisterRead:
    register: Register
    to: object
    index: object

    def lines(self):
        return [f"{self.register.name}.read({self.to.text()}, {self.index.text()});"]

    def run(self, frame):
        place, index = self.to.place(frame), tree.specified(self.index.eval(frame))
        place.put(self.register.cells(frame)[index])


@dataclass
class RegisterWrite:
    register: Register
    index: object
    value: object

    def lines(self):
        return [f"{self.register.name}.write({self.index.text()}, {self.value.text()});"]

    def run(self, frame):
        index, value = tree.specified(self.index.eval(frame)), tree.specified(self.value.eval(frame))
        self.register.cells(frame)[index] = value


def generic(template, kind):
    """A function of GENERICS for one type, as its body says."""
    truth, first, second = (tree.Name(of, name) for of, name in ((BOOL, "c"), (kind, "a"), (kind, "b")))
    kept = tree.Name(kind, "t")
    if template == "pick":
        parameters = [Parameter("in", BOOL, "c"), Parameter("in", kind, "a"), Parameter("in", kind, "b")]
        body = [tree.If(truth, tree.Block([tree.Jump("return", first)])), tree.Jump("return", second)]
        return Callable("pick", parameters, tree.Block(body), kind)
    exchange = [tree.Declare(kind, "t", first), tree.Assign(first, second)]
    if template == "swap":
        parameters = [Parameter("inout", kind, "a"), Parameter("inout", kind, "b")]
        return Callable("swap", parameters, tree.Block([*exchange, tree.Assign(second, kept)]))
    parameters = [Parameter("inout", kind, "a"), Parameter("in", kind, "b")]
    return Callable("taken", parameters, tree.Block([*exchange, tree.Jump("return", kept)]), kind)


GENERICS = """T pick<T>(in bool c, in T a, in T b) { if (c) { return a; } return b; }
void swap<T>(inout T a, inout T b) { T t = a; a = b; b = t; }
T taken<T>(inout T a, in T b) { T t = a; a = b; return t; }
"""
