parser Type<H>(packet_in p, out H h);
parser P<H>(packet_in p, out H h)(bit<8> n, bool b) {
    const bit<8> c = 1;
    value_set<bit<16>>(4) set;
    value_set<tuple<bit<8>, bit<8>>>(4) pairs;
    Sub() sub;
    bit<8> x = 1;
    bit<8> y;
    @name("begin") state start {
        p.extract(h);
        p.extract<H>(h);
        x = p.lookahead<bit<8>>();
        Type.apply(p, h);
        const bit<8> k = 2;
        bit<8> z;
        if (x == 1) {
            y = 2;
        } else
            y = 3;
        @inside {
            y = 4;
        }
        ;
        transition select(x, h.y[3:0]) {
            (1, 2): accept;
            (1 &&& 3, 2 .. 5): next;
            (set, _): next;
            (default, a ++ b): next;
            default: reject;
        }
    }
    state next {
        transition select(x) {
            set: accept;
            0 .. 5: accept;
            8w1 &&& 8w3: accept;
            (bit<8>) 5: accept;
            {1, 2}: accept;
            a ? b : c: accept;
            _: reject;
        }
    }
    state last {
        transition accept;
    }
    state none {
    }
}
