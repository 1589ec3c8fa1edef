"""A whole random program: what a packet is parsed into, what ingress makes of it, what leaves; and what is to leave."""

import called
import tree
from aggregates import BOX, CODE, COLOUR, COUPLE, DECLARATIONS, ERROR, NEST, PAIR, SIGN, leaves
from generator import Generator, Scope
from parser_generator import ParserGenerator, sub_parser
from parsing import Packet, run_states
from values import BOOL, Bits, Enum, Fields, TooLong, Unspecified, Varbit, fresh, specified_bytes

INPUT = Fields(
    "input_t",
    (
        ("a", Bits(8)),
        ("b", Bits(8)),
        ("c", Bits(16)),
        ("d", Bits(32)),
        ("e", Bits(16, True)),
        ("f", Bits(64)),
        ("g", Bits(128)),
        ("h", Bits(7)),
        ("i", Bits(1)),
        ("j", Bits(33, True)),
        ("k", Bits(7)),
        ("l", Bits(8, True)),
    ),
    True,
)
KEPT = (
    ("m", Bits(8)),
    ("n", Bits(8)),
    ("o", Bits(16)),
    ("q", Bits(13)),
    ("r", Bits(65)),
    ("s", Bits(9, True)),
    ("t", BOOL),
    ("u", BOOL),
    ("w", Bits(128)),
    ("x", Bits(32)),
    ("y", Bits(24, True)),
    ("co", COLOUR),
    ("cd", CODE),
    ("sg", SIGN),
    ("er", ERROR),
)

ERRORS = (*ERROR.members, "HeaderTooShort")
OPTION = Fields("option_t", (("size", Bits(8)), ("data", Varbit(64))), True)
WIDE = Fields("wide_t", (("v", Bits(13)), ("w", Bits(3)), ("x", Bits(24))), True)
KEPT_RECORDS = (("p", PAIR), ("ne", NEST), ("tu", COUPLE), ("bo", BOX))
NARROW = Fields("narrow_t", (("v", Bits(8)),), True)
UNION = Fields("union_t", (("wide", WIDE), ("narrow", NARROW)), is_union=True)


def bytes_of(kind):
    return 1 if kind == BOOL else (kind.width + 7) // 8


class Program:
    """seed → text(), and expected(packet)."""

    def __init__(self, seed):
        make = self.make = Generator(seed)
        self.metadata = Fields("metadata_t", (*KEPT, *((name, kind) for name, kind in KEPT_RECORDS)))
        results = ((f"{name}_", Bits(8 * bytes_of(place.kind))) for name, place in self.results())
        self.output = Fields("output_t", (("parser_error", Bits(8)), *results), True)
        headers = (("inp", INPUT), ("s", make.stack), ("g", make.item), ("u", UNION), ("u2", UNION))
        self.headers = Fields("headers_t", (*headers, ("o", OPTION), ("o2", OPTION), ("res", self.output)))
        self.registers = {}
        for _ in range(make.random.randint(1, 4)):
            make.function()
        for _ in range(make.random.randint(0, 2)):
            make.sub_control()
        self.sub_parsers = [sub_parser(make) for _ in range(make.random.randint(0, 1))]
        self.parser()
        self.ingress()

    def scope(self):
        """What the parser and ingress see of headers and metadata."""
        make, scope = self.make, Scope()
        hdr, meta = tree.Name(self.headers, "hdr"), tree.Name(self.metadata, "meta")
        inp = tree.Member(INPUT, hdr, "inp")
        scope.variables += [(tree.Member(kind, inp, name), True) for name, kind in INPUT.fields]
        scope.variables += [(tree.Member(kind, meta, name), True) for name, kind in KEPT]
        for name, kind in KEPT_RECORDS:
            record = tree.Member(kind, meta, name)
            scope.variables.append((record, True))
            make.add_fields(scope, record, True)
        scope.callables += make.functions
        return scope

    def first_values(self):
        """Nothing of the metadata is without a value."""
        make, meta = self.make, tree.Name(self.metadata, "meta")
        return [
            tree.Assign(tree.Member(kind, meta, name), make.number(kind))
            for name, kind in self.metadata.fields
        ]

    def all_headers(self):
        hdr = tree.Name(self.headers, "hdr")
        union = tree.Member(UNION, hdr, "u")
        wide, narrow = tree.Member(WIDE, union, "wide"), tree.Member(NARROW, union, "narrow")
        return tree.Member(self.make.item, hdr, "g"), tree.Member(self.make.stack, hdr, "s"), union, wide, narrow

    def options(self):
        hdr = tree.Name(self.headers, "hdr")
        return [tree.Member(OPTION, hdr, "o"), tree.Member(OPTION, hdr, "o2")]

    def parser(self):
        item, stack, _, wide, narrow = self.all_headers()
        inp = tree.Member(INPUT, tree.Name(self.headers, "hdr"), "inp")
        rest = [item, wide, narrow]
        self.make.random.shuffle(rest)
        scope = self.scope()
        scope.stacks.append(stack)
        scope.headers.append(item)
        made = ParserGenerator(self.make, scope, stack, [inp, *rest], self.options(), self.sub_parsers)
        self.states = made.parser()
        self.parser_locals = made.locals
        self.states[0].statements[1:1] = self.first_values()

    def ingress(self):
        make, scope = self.make, self.scope()
        scope.callables = []  # locals_of_control adds the functions
        item, stack, union, wide, narrow = self.all_headers()
        scope.headers += [item, wide, narrow]
        scope.unions += [union, tree.Member(UNION, tree.Name(self.headers, "hdr"), "u2")]
        scope.options += self.options()
        scope.stacks.append(stack)
        kinds = [Bits(make.random.choice((1, 8, 16, 33, 64))) for _ in range(make.random.randint(0, 2))]
        scope.registers += [called.Register(make.name("r"), kind, 4) for kind in kinds]
        self.declared = [*scope.registers, *make.locals_of_control(scope)]
        scope.may_exit = True
        scope.controls = self.instances = make.instances_of(make.sub_controls)
        scope.may_apply = True
        make.statements = 0
        self.body = make.block(scope, 14, 3)
        elements = [tree.Element(make.item, stack, tree.Literal(Bits(8), i)) for i in range(make.stack.size)]
        self.body.statements[:0] = [self.validated(one) for one in [item, *elements] if make.chance(90)]

    def validated(self, header):
        """A header that nobody has parsed gets values, so that not too much is unspecified."""
        assigns = [
            tree.Assign(tree.Member(kind, header, name), self.make.number(kind)) for name, kind in header.kind.fields
        ]
        return tree.If(
            tree.Unary(BOOL, "!", tree.IsValid(header)), tree.Block([tree.SetValidity(header, True), *assigns])
        )

    # ---- as text ----

    def text(self):
        make = self.make
        parts = [
            "#include <core.p4>",
            "#include <v1model.p4>",
            "",
            "error { ErrorOne, ErrorTwo }",
            *DECLARATIONS,
            called.GENERICS,
            "\n".join(make.constants.lines) + "\n",
        ]
        parts += [WIDE.declaration(), NARROW.declaration(), UNION.declaration(), OPTION.declaration()]
        parts += [INPUT.declaration(), self.output.declaration(), self.metadata.declaration()]
        parts.append(self.headers.declaration())
        parts += ["\n".join(one.lines()) + "\n" for one in make.functions]
        parts += [one.declaration() for one in [*make.sub_controls, *self.sub_parsers]]
        parts += [self.parser_text(), self.ingress_text(), self.egress_text(), END]
        return "\n".join(parts)

    def parser_text(self):
        lines = [f"{one.type_name}() {one.name};" for one in self.sub_parsers]
        lines += [line for one in [*self.parser_locals, *self.states] for line in one.lines()]
        head = "parser P(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {"
        return "\n".join(
            [
                head,
                *tree.indented(lines),
                "}\n",
                "control V(inout headers_t hdr, inout metadata_t meta) { apply { } }\n",
            ]
        )

    def ingress_text(self):
        lines = [line for one in [*self.instances, *self.declared] for line in one.lines()]
        body = self.body.lines()
        lines += ["apply " + body[0], *body[1:]]
        head = "control I(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {"
        return "\n".join([head, *tree.indented(lines), "}\n"])

    def results(self):
        """Each scalar of the metadata, with a name."""
        return list(leaves(tree.Name(self.metadata, "meta")))

    def egress_text(self):
        lines = ["hdr.res.setValid();", "hdr.res.parser_error = 0;"]
        for i, error in enumerate(ERRORS[1:], 1):
            lines.append(f"if (sm.parser_error == error.{error}) {{ hdr.res.parser_error = {i}; }}")
        for name, place in self.results():
            kind, value = place.kind, place.text()
            if isinstance(kind, Enum) and kind.base is None:
                lines.append(f"hdr.res.{name}_ = 0;")
                for i, member in enumerate(kind.members):
                    lines.append(f"if ({value} == {kind}.{member}) {{ hdr.res.{name}_ = {i}; }}")
                continue
            if isinstance(kind, Enum):
                kind, value = kind.base, f"(({kind.base}){value})"
            narrow = f"(bit<1>){value}" if kind == BOOL else f"(bit<{kind.width}>){value}"
            lines.append(f"hdr.res.{name}_ = (bit<{8 * bytes_of(kind)}>)({narrow});")
        head = "control E(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {"
        return "\n".join([head, "    apply {", *tree.indented(tree.indented(lines)), "    }", "}\n"])

    # ---- what it does ----

    def input_bytes(self):
        """Enough for nearly every way through the parser."""
        return sum(kind.width for _, kind in INPUT.fields) // 8 + 6 * self.item_bytes()

    def item_bytes(self):
        return sum(kind.width for _, kind in self.make.item.fields) // 8

    def expected(self, packet):
        """The bytes that leave. Unspecified: the specification does not say; then registers are as they were."""
        registers = {name: list(values) for name, values in self.registers.items()}
        try:
            return self.sent(packet)
        except (Unspecified, TooLong):
            self.registers = registers
            raise

    def sent(self, packet):
        headers, metadata = fresh(self.headers), fresh(self.metadata)
        run = {"steps": 0, "packet": Packet(packet), "registers": self.registers}
        error = run_states(self.states, self.frame(run, headers, metadata, self.parser_locals))
        frame = self.frame(run, headers, metadata, [])
        frame.declare("$control", True)
        try:
            for one in self.declared:
                if isinstance(one, tree.Declare):
                    one.run(frame)
            self.body.run(frame)
        except (tree.Exit, tree.Return):
            pass
        out = b"".join(specified_bytes(place.place(frame).get(), place.kind) for _, place in self.results())
        sent = [headers.values["inp"], *headers.values["s"].elements, headers.values["g"]]
        sent += [one for name in ("u", "u2") for one in headers.values[name].values.values()]
        sent += [headers.values["o"], headers.values["o2"]]
        return error_byte(error) + out + b"".join(emitted(header) for header in sent) + run["packet"].rest()

    def frame(self, run, headers, metadata, declared):
        frame = tree.Frame(tree.Frame(None, run))
        frame.declare("hdr", headers)
        frame.declare("meta", metadata)
        for one in declared:
            one.run(frame)
        return frame


def error_byte(error):
    """What the program says of standard_metadata.parser_error."""
    return bytes([ERRORS.index(error) if error in ERRORS else 0])


def emitted(header):
    if not header.is_valid:
        return b""
    number, size = 0, 0
    for name, kind in header.kind.fields:
        value, width = header.values[name], kind.width
        if value is None:
            raise Unspecified
        if isinstance(kind, Varbit):
            width, value = value
        number = (number << width) | (value & ((1 << width) - 1))
        size += width
    return number.to_bytes(size // 8, "big")


END = """control C(inout headers_t hdr, inout metadata_t meta) { apply { } }

control D(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.res);
        packet.emit(hdr.inp);
        packet.emit(hdr.s);
        packet.emit(hdr.g);
        packet.emit(hdr.u);
        packet.emit(hdr.u2);
        packet.emit(hdr.o);
        packet.emit(hdr.o2);
    }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
"""
