"""Random programs for v1model that use what P4-16 has for packets' contents: expressions with side effects, calls with
copies in and out, headers, stacks, tables, loops, exits. Each is a tree that can be written and evaluated."""

import random
from dataclasses import replace

import called
import tree
from aggregates import ENUMS, ITEM, PAIR, RECORDS, STACK, Aggregates
from constants import Constants
from values import BOOL, Bits, Bool, Enum, Fields

WIDTHS = (1, 2, 3, 7, 8, 9, 13, 16, 24, 31, 32, 33, 48, 63, 64, 65, 96, 128)
BYTE = Bits(8)
STATEMENTS_MAX = 90


class Scope:
    """What can be named: variables that may be written, those that may only be read, and what may be called."""

    def __init__(self, outer=None):
        self.variables = [] if outer is None else list(outer.variables)  # of (expression, may be written)
        self.callables = [] if outer is None else list(outer.callables)
        self.controls = [] if outer is None else list(outer.controls)
        self.tables = [] if outer is None else list(outer.tables)
        self.headers = [] if outer is None else list(outer.headers)  # expressions
        self.unions = [] if outer is None else list(outer.unions)
        self.options = [] if outer is None else list(outer.options)  # headers with a varbit
        self.stacks = [] if outer is None else list(outer.stacks)
        self.registers = [] if outer is None else list(outer.registers)
        self.hideable = [] if outer is None else [*outer.hideable, *outer.own]  # names of blocks around
        self.own = []
        self.result = None if outer is None else outer.result
        self.may_exit = outer is not None and outer.may_exit
        self.may_apply = outer is not None and outer.may_apply  # tables, in expressions
        self.in_loop = outer is not None and outer.in_loop


class Generator(Aggregates):
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = 0
        self.statements = 0
        self.constants = Constants(self.random)
        self.functions = []
        self.sub_controls = []
        self.pair, self.item, self.stack = PAIR, ITEM, STACK

    # ---- small choices ----

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def name(self, prefix):
        self.names += 1
        return f"{prefix}{self.names}"

    def scalar(self):
        if self.chance(12):
            return BOOL
        if self.chance(10):
            return self.random.choice(ENUMS)
        width = 8 if self.chance(30) else self.random.choice(WIDTHS)
        return Bits(width, width > 1 and self.chance(30))

    def number(self, kind):
        if kind == BOOL:
            return tree.Literal(BOOL, self.chance(50))
        if isinstance(kind, Fields):
            return self.record_number(kind)
        if isinstance(kind, Enum) and (kind.base is None or self.chance(70)):
            return tree.Literal(kind, self.random.choice(kind.numbers or range(len(kind.members))))
        special = (0, 1, -1, (1 << (kind.width - 1)) - 1, 1 << (kind.width - 1))
        number = self.random.choice(special) if self.chance(40) else self.random.getrandbits(kind.width)
        return tree.Literal(kind, kind.wrap(number))

    # ---- expressions ----

    def places(self, scope, kind, written):
        found = [place for place, may_write in scope.variables if place.kind == kind and (may_write or not written)]
        if isinstance(kind, Bits) and not kind.is_signed and self.chance(40):
            wider = [
                place
                for place, may_write in scope.variables
                if isinstance(place.kind, Bits) and place.kind.width >= kind.width and (may_write or not written)
            ]
            if wider:
                of = self.random.choice(wider)
                if of.kind.width > kind.width and self.chance(25):
                    of = self.slice_of(of, self.random.randint(kind.width, of.kind.width))
                found.append(self.slice_of(of, kind.width))
        return found

    def slice_of(self, of, width):
        low = self.random.randint(0, of.kind.width - width)
        return tree.SliceOf(of, low + width - 1, low)

    def element_field(self, scope, kind):
        """A field of a stack's element whose index is only known at run time."""
        fields = [name for name, of in self.item.fields if of == kind]
        if not scope.stacks or not fields:
            return None
        stack = self.random.choice(scope.stacks)
        index = self.index(scope)
        return tree.Member(kind, tree.Element(self.item, stack, index), self.random.choice(fields))

    def index(self, scope):
        if self.chance(40):
            return tree.Literal(Bits(8), self.random.randrange(self.stack.size))
        one = tree.Binary(BYTE, "&", self.expression(scope, BYTE, 2), tree.Literal(BYTE, 1))
        return one if self.chance(50) else tree.Binary(BYTE, "+", one, tree.Literal(BYTE, self.random.randrange(2)))

    def place(self, scope, kind):
        """Something of that type that can be assigned; None: there is nothing."""
        if self.chance(15):
            found = self.element_field(scope, kind)
            if found is not None:
                return found
        found = self.places(scope, kind, True)
        return self.random.choice(found) if found else None

    def expression(self, scope, kind, depth=4):
        if isinstance(kind, Fields):
            return self.record_expression(scope, kind, depth)
        if depth <= 0 or self.chance(12):
            return self.leaf(scope, kind)
        makers = [self.leaf, self.call, self.conditional, self.cast]
        makers += [self.truth] * 4 if kind == BOOL else [self.arithmetic] * 5 if isinstance(kind, Bits) else []
        for _ in range(4):
            made = self.random.choice(makers)(scope, kind, depth - 1)
            if made is not None:
                return made
        return self.leaf(scope, kind)

    def leaf(self, scope, kind, _=0):
        if self.chance(8):
            found = self.element_field(scope, kind) if scope.stacks else None
            if found is not None and self.names < 10_000:
                return found
        found = self.places(scope, kind, False)
        if found and self.chance(75):
            return self.random.choice(found)
        return self.constants.of(kind) if isinstance(kind, Bits) and self.chance(25) else self.number(kind)

    def call(self, scope, kind, depth):
        fitting = [one for one in scope.callables if one.kind == kind and one.what == "function"]
        if not fitting or self.chance(15):
            # The type is found by what is given.
            return self.call_of(scope, called.generic(self.random.choice(("pick", "taken")), kind), depth)
        return self.call_of(scope, self.random.choice(fitting), depth)

    def call_of(self, scope, callee, depth, skip=0):
        arguments = []
        for parameter in callee.parameters[skip:]:
            if parameter.direction in ("in", ""):
                arguments.append(self.expression(scope, parameter.kind, min(depth, 2)))
                continue
            if parameter.kind == STACK:
                place = self.random.choice(scope.stacks) if scope.stacks else None
            elif isinstance(parameter.kind, Fields):
                place = self.record_place(scope, parameter.kind)
            else:
                place = self.place(scope, parameter.kind)
            if place is None:
                return None
            arguments.append(place)
        has_names = skip == 0 and len(arguments) > 0 and self.chance(20)
        for i, parameter in reversed(list(enumerate(callee.parameters))):
            if parameter.value is not None and self.chance(60):
                arguments[i] = None  # it has a value
            elif not has_names:
                break
        return tree.Call(callee, arguments, has_names)

    def conditional(self, scope, kind, depth):
        return tree.Conditional(
            kind,
            self.expression(scope, BOOL, depth),
            self.expression(scope, kind, depth),
            self.expression(scope, kind, depth),
        )

    def cast(self, scope, kind, depth):
        if kind == BOOL:
            return tree.Cast(BOOL, self.expression(scope, Bits(1), depth))
        if isinstance(kind, Enum):
            return None if kind.base is None else tree.Cast(kind, self.expression(scope, kind.base, depth))
        for of in ENUMS:
            if of.base == kind and self.chance(30):
                return tree.Cast(kind, self.expression(scope, of, depth))
        if kind == Bits(1) and self.chance(50):
            return tree.Cast(kind, self.expression(scope, BOOL, depth))
        if self.chance(30) and kind.width > 1:
            return tree.Cast(kind, self.expression(scope, Bits(kind.width, not kind.is_signed), depth))
        return tree.Cast(kind, self.expression(scope, Bits(self.random.choice(WIDTHS[1:]), kind.is_signed), depth))

    def truth(self, scope, _, depth):
        choice = self.random.randrange(6)
        if choice == 0:
            return tree.Unary(BOOL, "!", self.expression(scope, BOOL, depth))
        if choice <= 2:
            operator = self.random.choice(("&&", "||"))
            return tree.Binary(
                BOOL, operator, self.expression(scope, BOOL, depth), self.expression(scope, BOOL, depth)
            )
        if choice == 4 and self.chance(40):
            made = self.comparison(scope)
            if made is not None:
                return made
        if scope.may_apply and scope.tables and self.chance(6):
            return tree.TableHit(self.random.choice(scope.tables), self.random.choice(("hit", "miss")))
        if choice == 3 and scope.headers:
            return tree.IsValid(self.random.choice(scope.headers + scope.unions))
        kind = self.scalar()
        operators = ("==", "!=") if not isinstance(kind, Bits) else ("==", "!=", "<", "<=", ">", ">=")
        return tree.Binary(
            BOOL,
            self.random.choice(operators),
            self.expression(scope, kind, depth),
            self.expression(scope, kind, depth),
        )

    def arithmetic(self, scope, kind, depth):
        choice = self.random.randrange(11)
        if choice == 10 and not kind.is_signed:
            of = Bits(self.random.choice([width for width in WIDTHS if width >= kind.width]), self.chance(20))
            if of.width > 1:
                return self.slice_of(self.expression(scope, of, depth), kind.width)
        if choice == 0:
            return tree.Unary(kind, self.random.choice("-~"), self.expression(scope, kind, depth))
        if choice == 1 and kind.width > 1:
            right = self.random.randrange(1, kind.width)
            return tree.Binary(
                kind,
                "++",
                self.expression(scope, Bits(kind.width - right, kind.is_signed), depth),
                self.expression(scope, Bits(right), depth),
            )
        if choice <= 3:
            amount = self.expression(scope, Bits(self.random.choice((3, 8, 16))), depth)
            return tree.Binary(kind, self.random.choice(("<<", ">>")), self.expression(scope, kind, depth), amount)
        operator = self.random.choice(("+", "-", "*", "&", "|", "^", "|+|", "|-|"))
        return tree.Binary(kind, operator, self.expression(scope, kind, depth), self.expression(scope, kind, depth))

    # ---- statements ----

    def block(self, scope, size, depth):
        inside = Scope(scope)
        return tree.Block(
            [
                one
                for _ in range(self.random.randint(1, size))
                for one in [self.statement(inside, depth)]
                if one is not None
            ]
        )

    def statement(self, scope, depth):
        self.statements += 1
        if self.statements > STATEMENTS_MAX:
            return self.assign(scope, depth)
        makers = [self.assign] * 6 + [self.declare] * 2 + [self.evaluate] * 3 + [self.compound] * 2
        makers += [self.header, self.shift, self.copy, self.copy, self.declare_record, self.exchange, self.register]
        makers += [self.declare_stack] if self.chance(20) else []
        if depth > 0:
            makers += [self.branch] * 3 + [self.switch, self.loop, self.apply, self.nested]
        if self.chance(5):
            makers = [self.jump]
        for _ in range(3):
            made = self.random.choice(makers)(scope, depth)
            if made is not None:
                return made
        return self.assign(scope, depth)

    def assign(self, scope, _):
        for _ in range(8):
            kind = self.random.choice(scope.variables)[0].kind
            if not isinstance(kind, (Bits, Bool, Enum)):
                continue
            if isinstance(kind, Bits) and self.chance(20):
                kind = Bits(self.random.randint(1, kind.width))
            place = self.place(scope, kind)
            if place is not None:
                return tree.Assign(place, self.expression(scope, kind))
        return None

    def compound(self, scope, _):
        kind = Bits(self.random.choice((8, 16, 32, 64)), self.chance(20))
        place = self.place(scope, kind)
        if place is None:
            return None
        operator = self.random.choice(("+", "-", "*", "&", "|", "^", "|+|", "|-|", "<<", ">>"))
        value = self.expression(scope, Bits(8) if operator in ("<<", ">>") else kind, 2)
        return tree.CompoundAssign(place, operator, value)

    def declare(self, scope, _):
        kind, name = self.scalar(), self.name("v")
        if scope.hideable and self.chance(20):
            name = self.random.choice(scope.hideable)
            self.hide(scope, name)
        made = tree.Declare(kind, name, self.expression(scope, kind))
        scope.variables.append((tree.Name(kind, name), True))
        scope.own.append(name)
        return made

    def hide(self, scope, name):
        """What is behind another variable of that name cannot be named any more."""
        scope.hideable = [one for one in scope.hideable if one != name]
        scope.variables = [one for one in scope.variables if not self.is_of(one[0], name)]

    def is_of(self, place, name):
        while not isinstance(place, tree.Name):
            place = place.of
        return place.name == name

    def register(self, scope, _):
        if not scope.registers:
            return None
        of = self.random.choice(scope.registers)
        index = tree.Cast(Bits(32), tree.Binary(BYTE, "&", self.expression(scope, BYTE, 2), tree.Literal(BYTE, 3)))
        if self.chance(50):
            return called.RegisterWrite(of, index, self.expression(scope, of.kind, 3))
        to = self.place(scope, of.kind)
        return None if to is None else called.RegisterRead(of, to, index)

    def evaluate(self, scope, _):
        callees = scope.callables + scope.controls
        if not callees:
            return None
        call = self.call_of(scope, self.random.choice(callees), 2)
        return None if call is None else tree.Evaluate(call)

    def header(self, scope, _):
        if not scope.headers:
            return None
        of = self.random.choice(scope.headers)
        if self.chance(30) and scope.stacks:
            of = tree.Element(self.item, self.random.choice(scope.stacks), self.index(scope))
        if self.chance(50):
            return tree.SetValidity(of, False)
        assigns = [
            tree.Assign(tree.Member(kind, of, name), self.expression(scope, kind, 2)) for name, kind in of.kind.fields
        ]
        return (
            tree.Block([tree.SetValidity(of, True), *assigns])
            if isinstance(of, (tree.Name, tree.Member))
            else tree.SetValidity(of, True)
        )

    def shift(self, scope, _):
        if not scope.stacks:
            return None
        return tree.Shift(self.random.choice(scope.stacks), self.chance(50), self.random.randint(1, 3))

    def branch(self, scope, depth):
        condition = self.expression(scope, BOOL, 3)
        if scope.tables and self.chance(30):
            condition = tree.TableHit(self.random.choice(scope.tables), self.random.choice(("hit", "miss")))
        no = self.block(scope, 3, depth - 1) if self.chance(60) else None
        return tree.If(condition, self.block(scope, 3, depth - 1), no)

    def switch(self, scope, depth):
        if scope.tables and self.chance(50):
            return self.switch_action(scope, depth)
        kind = Bits(self.random.choice((2, 8, 16)))
        numbers = range(1 << min(kind.width, 4))
        if self.chance(30):
            kind = self.random.choice(ENUMS)
            numbers = kind.numbers or range(len(kind.members))
        elif kind.width > 2 and self.chance(30):
            kind, numbers = Bits(kind.width, True), range(-4, 4)
        labels = [tree.Literal(kind, number) for number in self.random.sample(numbers, min(len(numbers), 3))]
        groups = [[labels[0]], labels[1:]]
        if self.chance(70):
            groups.append([None])
        cases = [(group, self.block(scope, 2, depth - 1)) for group in groups]
        return tree.SwitchValue(self.expression(scope, kind, 3), cases)

    def switch_action(self, scope, depth):
        table = self.random.choice(scope.tables)
        names = [action.name for action, _ in table.actions]
        cases = [([name], self.block(scope, 2, depth - 1)) for name in names[:2]]
        if self.chance(60):
            cases.append(([None], self.block(scope, 2, depth - 1)))
        return tree.SwitchAction(table, cases)

    def loop(self, scope, depth):
        inside = Scope(scope)
        inside.in_loop = True
        name = self.name("i")
        if scope.stacks and self.chance(15):
            inside.variables.append((tree.Name(ITEM, name), False))
            return tree.StackLoop(ITEM, name, [self.random.choice(scope.stacks)], self.block(inside, 3, depth - 1))
        if self.chance(25):
            kind = self.scalar()
            values = [self.expression(scope, kind, 2) for _ in range(self.random.randint(1, 3))]
            inside.variables.append((tree.Name(kind, name), False))
            return tree.ListLoop(kind, name, values, self.block(inside, 3, depth - 1))
        if self.chance(50):
            inside.variables.append((tree.Name(BYTE, name), False))
            return tree.CountingLoop(BYTE, name, self.random.randint(0, 4), self.block(inside, 3, depth - 1))
        kind = Bits(self.random.choice((4, 8)))
        low = tree.Binary(kind, "&", self.expression(scope, kind, 2), tree.Literal(kind, 3))
        high = tree.Binary(kind, "&", self.expression(scope, kind, 2), tree.Literal(kind, 7))
        inside.variables.append((tree.Name(kind, name), False))
        return tree.RangeLoop(kind, name, low, high, self.block(inside, 3, depth - 1))

    def apply(self, scope, _):
        return called.Apply(self.random.choice(scope.tables)) if scope.tables else None

    def nested(self, scope, depth):
        return self.block(scope, 3, depth - 1)

    def jump(self, scope, _):
        words = ["exit"] if scope.may_exit else []
        words += ["break", "continue"] if scope.in_loop else []
        words += ["return"]
        word = self.random.choice(words)
        value = self.expression(scope, scope.result, 2) if word == "return" and scope.result is not None else None
        # Under a condition that is hardly ever known: nothing behind it is unreachable for certain.
        return tree.If(self.expression(scope, BOOL, 3), tree.Block([tree.Jump(word, value)]))

    # ---- what is called ----

    def parameters(self, directions, kinds=None):
        made = []
        for _ in range(self.random.randint(0, 3)):
            kind = self.scalar() if kinds is None or self.chance(70) else self.random.choice(kinds)
            direction = self.random.choice(directions)
            made.append(called.Parameter(direction, kind, self.name("p")))
        return made

    def give_values(self, parameters):
        """To some that may be left out of calls."""
        for one in parameters:
            if one.direction == "in" and not isinstance(one.kind, Fields) and self.chance(25):
                one.value = self.number(one.kind)
        return parameters

    def inside(self, scope, parameters):
        for parameter in parameters:
            place = tree.Name(parameter.kind, parameter.name)
            may_write = parameter.direction in ("out", "inout")
            scope.variables.append((place, may_write))
            if isinstance(parameter.kind, Fields):
                self.add_fields(scope, place, may_write)
        return scope

    def outs(self, parameters):
        return [
            tree.Assign(tree.Name(one.kind, one.name), self.number(one.kind))
            for one in parameters
            if one.direction == "out"
        ]

    def function(self):
        parameters = self.give_values(self.parameters(("in", "in", "inout", "out"), RECORDS))
        scope = self.inside(Scope(), parameters)
        scope.callables = list(self.functions)
        result = self.scalar() if self.chance(85) else None
        if self.chance(20):
            result = self.random.choice(RECORDS)
        scope.result = result
        local, name = self.scalar(), self.name("v")
        first = tree.Declare(local, name, self.number(local))
        scope.variables.append((tree.Name(local, name), True))
        body = self.block(scope, 4, 2)
        body.statements[:0] = [*self.outs(parameters), first]
        if result is not None:
            body.statements.append(tree.Jump("return", self.expression(scope, result, 3)))
        made = called.Callable(self.name("f"), parameters, body, result)
        self.functions.append(made)

    def action(self, scope):
        data = [called.Parameter("", self.scalar(), self.name("d")) for _ in range(self.random.randint(0, 2))]
        directed = self.parameters(("in", "inout", "out")) if self.chance(40) else []
        inside = self.inside(Scope(scope), [*directed, *data])
        inside.may_exit = True
        inside.tables, inside.controls, inside.may_apply = [], [], False
        body = self.block(inside, 3, 1)
        body.statements[:0] = self.outs(directed)
        return called.Callable(self.name("a"), [*directed, *data], body, None, "action")

    def table(self, scope, actions):
        keys = []
        for _ in range(self.random.randint(1, 2)):
            kind = Bits(self.random.choice((1, 3, 8, 16)))
            has_lpm = any(match == "lpm" for _, match in keys)
            matches = ("exact", "exact", "ternary", "range", "optional", *(() if has_lpm else ("lpm", "lpm")))
            if self.chance(20):
                kind, matches = self.random.choice((BOOL, Bits(8, True), *ENUMS[:3])), ("exact",)
            keys.append((self.expression(scope, kind, 2), self.random.choice(matches)))
        listed = [self.listed(scope, action) for action in self.random.sample(actions, min(len(actions), 3))]
        listed = [one for one in listed if one is not None] or [
            (called.Callable("NoAction", [], tree.Block([]), None, "action"), [])
        ]
        has_priority = any(kind in ("ternary", "range", "optional") for _, kind in keys)
        entries, seen = [], set()
        for _ in range(self.random.randint(1, 6)):
            key = [self.entry_key(expression.kind, kind) for expression, kind in keys]
            same = tuple((one.what, one.low, one.high) for one in key)
            if not has_priority and same in seen:
                continue
            seen.add(same)
            entries.append(called.Entry(key, *self.invocation(listed)))
        priorities = self.random.sample(range(1, 20), len(entries)) if has_priority and self.chance(40) else None
        default = None if self.chance(20) else self.invocation(listed)
        return called.Table(self.name("t"), keys, listed, entries, default, priorities)

    def listed(self, scope, action):
        directed = [one for one in action.parameters if one.direction]
        bound = [self.bound(scope, one) for one in directed]
        return None if None in bound else (action, bound)

    def bound(self, scope, parameter):
        if parameter.direction != "in" or isinstance(parameter.kind, Fields):
            return (
                self.record_place(scope, parameter.kind)
                if isinstance(parameter.kind, Fields)
                else self.place(scope, parameter.kind)
            )
        found = self.places(scope, parameter.kind, False)
        return self.random.choice(found) if found else self.number(parameter.kind)

    def invocation(self, listed):
        number = self.random.randrange(len(listed))
        action = listed[number][0]
        return number, [self.number(one.kind) for one in action.parameters if not one.direction]

    def entry_key(self, kind, match):
        if not isinstance(kind, Bits) or kind.is_signed:
            value = self.number(kind).value
            return called.Key("exact", value, value)
        most = (1 << kind.width) - 1
        value = self.random.getrandbits(min(kind.width, 2))
        if match == "exact" or (match == "optional" and self.chance(60)):
            return called.Key("exact", value, value)
        if match == "optional" or (match in ("ternary", "range") and self.chance(15)):
            return called.Key("any")
        if match == "range":
            return called.Key("range", value, self.random.randint(value, most))
        if match == "lpm":
            length = self.random.choice((0, 1, kind.width - 1, kind.width, self.random.randint(0, kind.width)))
            mask = most >> (kind.width - length) << (kind.width - length)
            value = self.random.getrandbits(kind.width) if self.chance(50) else value
        else:
            mask = self.random.choice((0, 1, 3, most)) & most
        return called.Key("masked", value & mask, mask)

    def locals_of_control(self, scope):
        made = []
        for _ in range(self.random.randint(1, 3)):
            kind, name = self.scalar(), self.name("l")
            made.append(tree.Declare(kind, name, self.number(kind)))
            scope.variables.append((tree.Name(kind, name), True))
            scope.own.append(name)
        scope.callables += self.functions
        actions = []
        for _ in range(self.random.randint(1, 3)):
            action = self.action(scope)
            actions.append(action)
            made.append(action)
            scope.callables.append(action)
        for _ in range(self.random.randint(0, 2)):
            table = self.table(scope, actions)
            made.append(table)
            scope.tables.append(table)
        return made

    def sub_control(self):
        """With one instance or two; `sub_controls` holds those of all types."""
        parameters = self.give_values(self.parameters(("in", "inout", "out"), RECORDS))
        kinds = [BYTE if self.chance(50) else self.scalar() for _ in range(self.random.randint(0, 1))]
        constants = [called.Parameter("", kind, self.name("k")) for kind in kinds]
        scope = self.inside(Scope(), [*parameters, *constants])
        made = self.locals_of_control(scope)
        scope.may_exit = True
        scope.controls = self.instances_of(self.random.sample(self.sub_controls, min(1, len(self.sub_controls))))
        made[:0] = scope.controls
        scope.may_apply = True
        body = self.block(scope, 3, 2)
        body.statements[:0] = self.outs(parameters)
        self.sub_controls.append(called.SubControl(self.name("C"), "", parameters, made, body, constants, []))

    def instances_of(self, controls):
        made = []
        for of in controls:
            for _ in range(self.random.randint(1, 2)):
                given = [self.number(one.kind) for one in of.constants]
                # What is applied directly may be so more than once: then it must not have tables.
                is_direct = not given and not of.has_tables() and self.chance(30)
                name = of.type_name if is_direct else self.name("c")
                made.append(replace(of, name=name, given=given))
        return made
