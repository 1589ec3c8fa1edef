struct T {}
control C(inout T t, inout T u) { apply {
if (t == u) {
            exit;
        } else if (t != u)
            return;
        else {
            ;
        }
        if (t.a)
            if (t.b)
                exit;
            else
                return;
        switch (t.apply().action_run) {
            a: {
                exit;
            }
            b:
            c: @x {
            }
            default: {
            }
        }
        switch (t.x) {
            8w5:
            E.A:
            a ? b : c: {
            }
            (bit<8>) 4 + 5: {
            }
        }
} }
