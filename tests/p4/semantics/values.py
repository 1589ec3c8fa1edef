"""Types and values of P4-16 as the specification words them (section 8), in Python's own integers.

A value is an int (of `bit<W>`: 0 to 2**W - 1; of `int<W>`: signed), a bool, or a Record; None where the specification
does not say what a variable holds.
"""

from dataclasses import dataclass


class Unspecified(Exception):
    """The program asked for what the specification leaves open: it shows nothing about a compiler."""


class TooLong(Exception):
    """More steps than one packet is given."""


@dataclass(frozen=True)
class Bits:
    """`bit<W>`, or `int<W>` when signed."""

    width: int
    is_signed: bool = False

    def __str__(self):
        return f"{'int' if self.is_signed else 'bit'}<{self.width}>"

    def wrap(self, number):
        """The number modulo 2**W (section 8.5)."""
        number &= (1 << self.width) - 1
        if self.is_signed and number >> (self.width - 1):
            number -= 1 << self.width
        return number

    def saturate(self, number):
        least = -(1 << (self.width - 1)) if self.is_signed else 0
        most = (1 << (self.width - 1)) - 1 if self.is_signed else (1 << self.width) - 1
        return max(least, min(most, number))

    def literal(self, number):
        letter = "s" if self.is_signed else "w"
        return f"-{self.width}{letter}{-number}" if number < 0 else f"{self.width}{letter}{number}"


@dataclass(frozen=True)
class Bool:
    def __str__(self):
        return "bool"

    @staticmethod
    def literal(truth):
        return "true" if truth else "false"


@dataclass(frozen=True)
class Enum:
    """A value is the number of a member; where a type is underneath, any number of that (section 7.2.1)."""

    name: str
    members: tuple
    numbers: tuple = ()
    base: Bits = None

    def __str__(self):
        return self.name

    @property
    def width(self):
        return 8 if self.base is None else self.base.width

    def wrap(self, number):
        return number if self.base is None else self.base.wrap(number)

    def literal(self, number):
        if self.base is None:
            return f"{self.name}.{self.members[number]}"
        if number in self.numbers:
            return f"{self.name}.{self.members[self.numbers.index(number)]}"
        return f"(({self.name})({self.base.literal(number)}))"

    def declaration(self):
        if self.base is None:
            return f"enum {self.name} {{ {', '.join(self.members)} }}\n"
        inner = ", ".join(f"{name} = {number}" for name, number in zip(self.members, self.numbers))
        return f"enum {self.base} {self.name} {{ {inner} }}\n"


@dataclass(frozen=True)
class Varbit:
    """A value is a width and a number."""

    width: int

    def __str__(self):
        return f"varbit<{self.width}>"


@dataclass(frozen=True)
class Fields:
    """A struct, a header, a union or, with numbers for names, a tuple."""

    name: str
    fields: tuple  # of (name, type)
    is_header: bool = False
    is_union: bool = False
    is_tuple: bool = False

    def __str__(self):
        return self.name

    def declaration(self):
        inner = "".join(f"    {kind} {name};\n" for name, kind in self.fields)
        what = "header_union" if self.is_union else "header" if self.is_header else "struct"
        return f"{what} {self.name} {{\n{inner}}}\n"


@dataclass(frozen=True)
class Stack:
    element: Fields
    size: int

    def __str__(self):
        return f"{self.element}[{self.size}]"


@dataclass
class Record:
    """A value of Fields; of a header with its validity."""

    kind: Fields
    values: dict
    is_valid: bool = True
    union: list = None  # the headers of the union that this one is in

    def set_valid(self, is_valid):
        """Of a union one header at most is valid (section 8.19)."""
        for other in self.union or ():
            if is_valid and other is not self:
                other.is_valid = False
        self.is_valid = is_valid


@dataclass
class StackValue:
    kind: Stack
    elements: list
    next_index: int = 0


BOOL = Bool()


def fresh(kind):
    """A variable that nobody has given a value; a header is not valid (section 8.17)."""
    if isinstance(kind, Fields):
        made = Record(kind, {name: fresh(of) for name, of in kind.fields}, not kind.is_header)
        for header in made.values.values() if kind.is_union else ():
            header.union = list(made.values.values())
        return made
    if isinstance(kind, Stack):
        return StackValue(kind, [fresh(kind.element) for _ in range(kind.size)])
    return None


def copied(value):
    """Values are copied wherever they go: nothing in P4 is shared."""
    if isinstance(value, Record):
        made = Record(value.kind, {name: copied(of) for name, of in value.values.items()}, value.is_valid)
        for header in made.values.values() if value.kind.is_union else ():
            header.union = list(made.values.values())
        return made
    if isinstance(value, StackValue):
        return StackValue(value.kind, [copied(element) for element in value.elements], value.next_index)
    return value


def least(kind):
    """What `...` stands for (section 7.3)."""
    if isinstance(kind, Fields):
        made = fresh(kind)
        if not kind.is_header and not kind.is_union:
            made.values = {name: least(of) for name, of in kind.fields}
        return made
    return False if kind == BOOL else 0


def are_same(left, right):
    """== (sections 8.10 to 8.19): headers that are not valid are equal, whatever is in them."""
    if isinstance(left, StackValue):
        return all([are_same(one, other) for one, other in zip(left.elements, right.elements)])
    if not isinstance(left, Record):
        if left is None or right is None:
            raise Unspecified
        return left == right
    if not left.is_valid or not right.is_valid:
        return left.is_valid == right.is_valid
    return all([are_same(left.values[name], right.values[name]) for name in left.values])


def fill(old, new):
    """The value that a variable gets, into what it is: places inside it that somebody has keep their meaning."""
    if isinstance(old, Record):
        old.set_valid(new.is_valid)
        for name in old.values:
            old.values[name] = fill(old.values[name], new.values[name])
        return old
    if isinstance(old, StackValue):
        for element, of in zip(old.elements, new.elements):
            fill(element, of)
        old.next_index = new.next_index
        return old
    return new


def specified_bytes(value, kind):
    """A result as a number of whole bytes; Unspecified: it has none."""
    if value is None:
        raise Unspecified
    width = 1 if kind == BOOL else kind.width
    return (int(value) & ((1 << width) - 1)).to_bytes((width + 7) // 8, "big")
