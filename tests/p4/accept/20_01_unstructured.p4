// P4-16 §20.1: any tokens in a body, with balanced parentheses; the same name twice.

@empty()
@tokens(a + b ; { } [ ] < > "text" 0x1F const (nested (deeper)) , . .. ... &&& == |+| @ parser in)
@my_anno(1)
@my_anno(2)
@no_body
const bit<8> k = 1;
