"""Random parsers."""

import parsing
import tree
from aggregates import CODE, COLOUR, ITEM, PAIR, STACK
from called import Parameter
from generator import Scope
from values import BOOL, Bits, Fields


class ParserGenerator:
    """States that go on to later ones, and back to themselves while a stack has room. `headers` are extracted once each."""

    def __init__(self, make, scope, stack, headers, options=(), sub_parsers=()):
        self.make, self.scope, self.stack, self.headers = make, scope, stack, list(headers)
        self.options, self.sub_parsers = list(options), list(sub_parsers)
        self.locals = []

    def parser(self):
        make = self.make
        kind, name = make.scalar(), make.name("pv")
        self.locals.append(tree.Declare(kind, name, make.number(kind)))
        self.scope.variables.append((tree.Name(kind, name), True))
        count = make.random.randint(1, 4)
        names = ["start", *(make.name("parse") for _ in range(count - 1))]
        return [self.state(i, names) for i in range(count)]

    def statements(self):
        makers = [
            self.extract_next,
            self.extract_next,
            self.extract_header,
            self.extract_varying,
            self.verify,
            self.assign,
            self.assign,
            self.compound,
            self.peek,
            self.branch,
            self.skip,
            self.apply,
        ]
        made = [self.make.random.choice(makers)() for _ in range(self.make.random.randint(0, 5))]
        return [one for one in made if one is not None]

    def state(self, number, names):
        make = self.make
        statements = [parsing.Extract(self.headers.pop(0))] if number == 0 and self.headers else []
        statements += self.statements()
        later = [*names[number + 1 :], "accept", "accept", "accept"]
        if make.chance(8):
            later.append("reject")
        if make.chance(25):
            return parsing.State(names[number], statements, [], [([], make.random.choice(later))])
        selected = [self.selected() for _ in range(make.random.randint(1, 2))]
        has_next = any(isinstance(one, parsing.ExtractNext) for one in statements)
        targets = later + ([names[number]] if has_next else [])
        cases = [
            ([self.label(one.kind) for one in selected], make.random.choice(targets))
            for _ in range(make.random.randint(1, 4))
        ]
        if make.chance(80):
            cases.append(([parsing.Label(one.kind, "any") for one in selected], make.random.choice(later)))
        return parsing.State(names[number], statements, selected, cases)

    def selected(self):
        make, kind = self.make, Bits(self.make.random.choice((1, 2, 8, 8, 16)))
        choice = make.random.randrange(5)
        if choice == 0:
            return parsing.Lookahead(kind)
        if choice == 1 and kind.width in (8, 16) and self.stack is not None:
            return parsing.LastField(kind, self.stack, {8: "x", 16: "y"}[kind.width])
        if choice == 2:
            kind = make.random.choice((BOOL, Bits(8, True), COLOUR, CODE))
        return make.expression(self.scope, kind, 2)

    def label(self, kind):
        make = self.make
        if not isinstance(kind, Bits) or kind.is_signed:
            return parsing.Label(kind, "value", make.number(kind).value)
        most = (1 << kind.width) - 1
        how = make.random.choice(("value", "mask", "range", "mask"))
        low, high = make.random.getrandbits(kind.width), make.random.getrandbits(kind.width)
        if how == "value" and make.chance(60):
            low = make.random.choice((0, 1, most))
        if how == "mask":
            high = make.random.choice((0, 1, 3, high)) & most
        return parsing.Label(kind, how, *(sorted((low, high)) if how == "range" else (low, high)))

    # ---- statements ----

    def extract_next(self):
        return None if self.stack is None else parsing.ExtractNext(self.stack)

    def extract_header(self):
        return parsing.Extract(self.headers.pop(0)) if self.headers else None

    def extract_varying(self):
        """Now and then more than there is room for."""
        make = self.make
        if not self.options:
            return None
        most = make.random.choice((3, 7, 7, 15))
        bytes_ = tree.Binary(Bits(8), "&", make.expression(self.scope, Bits(8), 1), tree.Literal(Bits(8), most))
        width = tree.Binary(Bits(32), "<<", tree.Cast(Bits(32), bytes_), tree.Literal(Bits(8), 3))
        return parsing.ExtractVarying(self.options.pop(0), width)

    def verify(self):
        make = self.make
        if make.chance(50):
            return None
        condition = tree.Binary(BOOL, "||", make.expression(self.scope, BOOL, 2), make.expression(self.scope, BOOL, 2))
        return parsing.Verify(condition, make.random.choice(("ErrorOne", "ErrorTwo", "NoMatch")))

    def assign(self):
        return self.make.assign(self.scope, 0)

    def compound(self):
        return self.make.compound(self.scope, 0)

    def peek(self):
        make = self.make
        if self.stack is not None and make.chance(30):
            place = make.place(self.scope, Bits(32))
            return None if place is None else tree.Assign(place, parsing.LastIndex(self.stack))
        kind = make.random.choice((ITEM, PAIR, BOOL, CODE, Bits(8), Bits(13), Bits(24, True)))
        place = make.record_place(self.scope, kind) if kind in (ITEM, PAIR) else make.place(self.scope, kind)
        return None if place is None else tree.Assign(place, parsing.Lookahead(kind))

    def branch(self):
        """Without extraction: section 13.4 allows conditions in states."""
        parts = [one for one in (self.assign(), self.compound()) if one is not None]
        condition = self.make.expression(self.scope, BOOL, 2)
        return tree.If(condition, tree.Block(parts[:1]), tree.Block(parts[1:]) if self.make.chance(50) else None)

    def skip(self):
        make = self.make
        if make.chance(60):
            return None
        amount = tree.Literal(Bits(32), 8 * make.random.randrange(3))
        if make.chance(50):
            value = tree.Cast(Bits(32), make.expression(self.scope, Bits(8), 1))
            amount = tree.Binary(Bits(32), "&", value, tree.Literal(Bits(32), 8))
        return parsing.Advance(amount)

    def apply(self):
        if not self.sub_parsers:
            return None
        call = self.make.call_of(self.scope, self.make.random.choice(self.sub_parsers), 2)
        return None if call is None else parsing.ApplyParser(tree.Call(call.callee, call.arguments))


def sub_parser(make):
    """With scalars, a header that it extracts, and now and then a stack."""
    parameters = make.parameters(("in", "inout", "out"))
    header = Parameter(make.random.choice(("inout", "out")), ITEM, make.name("p"))
    parameters.append(header)
    stack = None
    if make.chance(40):
        parameters.append(Parameter("inout", STACK, make.name("p")))
        stack = tree.Name(STACK, parameters[-1].name)
    scope = make.inside(Scope(), parameters[:-1] if stack is not None else parameters)
    generated = ParserGenerator(make, scope, stack, [tree.Name(ITEM, header.name)] if make.chance(70) else [])
    states = generated.parser()
    states[0].statements[:0] = [one for one in make.outs(parameters) if not isinstance(one.to.kind, Fields)]
    return parsing.SubParser(make.name("S"), make.name("s"), parameters, generated.locals, states)
