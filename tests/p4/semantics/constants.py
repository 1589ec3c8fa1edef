"""Numbers that the compiler knows: `int` without a width, and constants of all types (sections 7.1.6.5, 8.9, 11.1)."""

import tree
from values import Bits


class Constants:
    def __init__(self, random):
        self.random = random
        self.lines = []
        self.known = [("0", 0), ("1", 1), ("0x7f_ff", 0x7FFF), ("0b1011", 11), ("0o17", 15)]
        for i in range(random.randint(1, 4)):
            text, value = self.expression(3)
            self.lines.append(f"const int n{i} = {text};")
            self.known.append((f"n{i}", value))
        for i in range(random.randint(0, 2)):
            kind = Bits(random.choice((5, 8, 16, 48)), random.randrange(3) == 0)
            text, value = self.expression(2)
            self.lines.append(f"const {kind} m{i} = ({kind})({text});")
            self.known.append((f"((int)m{i})", kind.wrap(value)))

    def expression(self, depth):
        """As text, and its value."""
        if depth == 0 or self.random.randrange(5) == 0:
            return self.random.choice(self.known)
        (left, l), (right, r) = self.expression(depth - 1), self.expression(depth - 1)
        values = {"+": l + r, "-": l - r, "*": l * r}
        if l >= 0 and r > 0:  # of negative numbers the specification has neither
            values |= {"/": l // r, "%": l % r}
        if l >= 0 and r >= 0:
            values |= {"&": l & r, "|": l | r, "^": l ^ r}
        if 0 <= r < 70:
            values |= {"<<": l << r} | ({">>": l >> r} if l >= 0 else {})
        operator = self.random.choice(sorted(values))
        text, value = f"({left} {operator} {right})", values[operator]
        if abs(value) >> 300:
            return self.random.choice(self.known)
        choice = self.random.randrange(12)
        if choice == 0:
            return f"(-{text})", -value
        if choice == 1:
            return f"({text} {'<' if l < r else '>='} {left} ? {left} : {text})", l if self.chosen(l, r, value) else value
        return text, value

    @staticmethod
    def chosen(left, right, value):
        return value < left if left < right else value >= left

    def of(self, kind):
        text, value = self.expression(2)
        return Known(kind, f"(({kind})({text}))", kind.wrap(value))


class Known(tree.Literal):
    def __init__(self, kind, text, value):
        super().__init__(kind, value)
        self.written = text

    def text(self):
        return self.written
