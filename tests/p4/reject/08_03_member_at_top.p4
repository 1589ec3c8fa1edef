// P4-16 §8.3: members are in their enum's scope.

enum X { v1, v2 }
const X x = v1; // error
