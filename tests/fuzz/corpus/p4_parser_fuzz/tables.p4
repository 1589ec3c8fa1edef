control C(inout H h) {
    @name("t") table t {
        key = {
            h.a: exact;
            h.b[7:4]: ternary @name("b") @x;
            h.c.isValid(): exact;
            c ? 1 : 2: lpm;
        }
        actions = {
            a;
            .b;
            @defaultonly c(x, y = 5);
        }
        const entries = {
            1: a;
            (1, 2): a();
            (1 &&& 3, 1 .. 5, _, default): b(1, 2) @x @name("y");
            const priority = 5: (1, 2): a;
            priority = (2 + 3): 1: a;
            (bit<8>) 1: a;
        }
        const default_action = c(5);
        @y size = 1024;
        implementation = selector(HashAlgorithm.crc16, 32w1024);
        priority = 4;
        apply = 5;
        psa_idle_timeout = T.x;
        largest_priority_wins = false;
    }
    table none {
        key = {
        }
        actions = {
        }
        entries = {
        }
    }
    apply {
        t.apply();
    }
}
