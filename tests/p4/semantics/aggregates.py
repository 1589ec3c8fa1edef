"""Random values of structs, headers, tuples and enums: the part of the generator that is about them."""

import called
import tree
from values import BOOL, Bits, Enum, Fields, Stack

COLOUR = Enum("colour_t", ("Red", "Green", "Blue"))
CODE = Enum("code_t", ("Low", "Middle", "High"), (1, 7, 30), Bits(5))
SIGN = Enum("sign_t", ("Negative", "Positive"), (-3, 5), Bits(8, True))
ERROR = Enum("error", ("NoError", "PacketTooShort", "NoMatch", "StackOutOfBounds", "ErrorOne", "ErrorTwo"))
ENUMS = (COLOUR, CODE, SIGN, ERROR)

PAIR = Fields("pair_t", (("a", Bits(16)), ("b", Bits(7)), ("c", Bits(12, True))))
ITEM = Fields("item_t", (("x", Bits(8)), ("y", Bits(16)), ("z", Bits(8, True))), True)
STACK = Stack(ITEM, 3)
COUPLE = Fields("tuple<bit<9>, bool>", (("0", Bits(9)), ("1", BOOL)), is_tuple=True)
BOX = Fields("box_t<bit<13>>", (("v", Bits(13)), ("n", CODE)))
NEST = Fields("nest_t", (("p", PAIR), ("q", Bits(8)), ("e", COLOUR), ("t", COUPLE), ("s", SIGN)))
RECORDS = (PAIR, ITEM, COUPLE, BOX, NEST)

DECLARATIONS = [
    *(one.declaration() for one in (COLOUR, CODE, SIGN, PAIR, ITEM)),
    "struct box_t<T> {\n    T v;\n    code_t n;\n}\n",
    NEST.declaration(),
]


def leaves(place):
    """Every scalar in a record, with the way to it for a name."""
    for name, kind in place.kind.fields:
        member = tree.Member(kind, place, name)
        if isinstance(kind, Fields):
            yield from ((f"{name}_{inner}", one) for inner, one in leaves(member))
        else:
            yield name, member


class Aggregates:
    def record_number(self, kind):
        """With literals only."""
        return tree.RecordOf(kind, [self.number(of) for _, of in kind.fields], False, False)

    def record_expression(self, scope, kind, depth, is_bare=False):
        """`is_bare`: where its type is known from what it goes to."""
        choice = self.random.randrange(10)
        if choice < 4 or depth <= 0:
            place = self.record_place(scope, kind, False)
            if place is not None:
                return place
        if choice == 5 and depth > 0 and not kind.is_tuple:
            return tree.Conditional(
                kind,
                self.expression(scope, BOOL, depth - 1),
                self.record_expression(scope, kind, depth - 1),
                self.record_expression(scope, kind, depth - 1),
            )
        if choice in (6, 7):
            made = self.call(scope, kind, depth)
            if made is not None:
                return made
        if choice == 8 and kind.is_header and self.chance(30):
            return tree.NoHeader(kind)
        return self.record_of(scope, kind, depth, is_bare)

    def record_of(self, scope, kind, depth, is_bare):
        count = len(kind.fields)
        if self.chance(15) and not kind.is_tuple:
            count = self.random.randint(1, count)
        values = []
        for _, of in kind.fields[:count]:
            if isinstance(of, Fields):
                values.append(self.record_expression(scope, of, depth - 1, True))
            else:
                values.append(self.expression(scope, of, min(depth, 2)))
        has_type = not kind.is_tuple and not (is_bare and self.chance(60))
        return tree.RecordOf(kind, values, self.chance(50), has_type)

    def record_place(self, scope, kind, is_written=True):
        if kind == ITEM and scope.stacks and self.chance(30):
            return tree.Element(kind, self.random.choice(scope.stacks), self.index(scope))
        found = [place for place, may_write in scope.variables if place.kind == kind and (may_write or not is_written)]
        found += [place for place in scope.headers if place.kind == kind]
        return self.random.choice(found) if found else None

    def comparable(self, scope, kind):
        """A tuple only where its type is known."""
        return self.record_place(scope, kind, False) if kind.is_tuple else self.record_expression(scope, kind, 2)

    def comparison(self, scope):
        operator = self.random.choice(("==", "!="))
        if scope.stacks and self.chance(10):
            return tree.Same(operator, self.random.choice(scope.stacks), self.random.choice(scope.stacks))
        if scope.unions and self.chance(10):
            return tree.Same(operator, self.random.choice(scope.unions), self.random.choice(scope.unions))
        if scope.options and self.chance(30):
            return tree.Same(operator, self.random.choice(scope.options), self.random.choice(scope.options))
        kind = self.random.choice(RECORDS)
        left, right = self.comparable(scope, kind), self.comparable(scope, kind)
        return None if left is None or right is None else tree.Same(operator, left, right)

    def add_fields(self, scope, place, may_write):
        """A tuple's can only be read."""
        may_write = may_write and not place.kind.is_tuple
        for name, kind in place.kind.fields:
            member = tree.Member(kind, place, name)
            scope.variables.append((member, may_write))
            if isinstance(kind, Fields):
                self.add_fields(scope, member, may_write)
        if place.kind.is_header and may_write:
            scope.headers.append(place)

    # ---- statements ----

    def copy(self, scope, _):
        """A whole header, struct, tuple, stack or union."""
        for whole in (scope.stacks, scope.unions, scope.options):
            if len(whole) > 1 and self.chance(15):
                return tree.Assign(self.random.choice(whole), self.random.choice(whole))
        kind = self.random.choice(RECORDS)
        to = self.record_place(scope, kind)
        return None if to is None else tree.Assign(to, self.record_expression(scope, kind, 3, True))

    def declare_record(self, scope, _):
        kind, name = self.random.choice(RECORDS), self.name("v")
        value = None if kind.is_header and self.chance(25) else self.record_expression(scope, kind, 3, True)
        made = tree.Declare(kind, name, value)
        place = tree.Name(kind, name)
        if value is None:
            scope.headers.append(place)  # its fields have no values
        else:
            scope.variables.append((place, True))
            self.add_fields(scope, place, True)
        return made

    def declare_stack(self, scope, _):
        if not scope.stacks:
            return None
        name = self.name("v")
        made = tree.Declare(STACK, name, self.random.choice(scope.stacks))
        scope.stacks.append(tree.Name(STACK, name))
        return made

    def exchange(self, scope, _):
        """Of two variables, by a generic function."""
        if self.chance(50):
            kind = self.random.choice(RECORDS)
            places = [self.record_place(scope, kind) for _ in range(2)]
        else:
            kind = self.scalar()
            places = [self.place(scope, kind) for _ in range(2)]
        return None if None in places else tree.Evaluate(tree.Call(called.generic("swap", kind), places))
