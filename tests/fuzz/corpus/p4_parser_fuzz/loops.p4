struct T {}
control C(inout T t, inout T u) { apply {
for (bit<8> i = 0; i < 5; i = i + 1) {
            break;
        }
        for (bit<8> i = 0, T x, t = u, f(t); i < 5; i += 1, f(i))
            continue;
        for (; t.x; ) {
        }
        for (t = u; t.x; ) {
        }
        @unroll for (@x bit<8> i in 1 .. 5) {
        }
        for (T x in t.stack) {
        }
        for (T[2] x in {1, 2})
            ;
        for (t in 1 .. 5) {
        }
} }
