// P4-16 §7.2.15: an underscore for a type argument of an extern: in what its constructor is given, and where any type
// will do.

extern Cells<T, I> {
    Cells(bit<32> size);
    T read(in I index);
    void write(in I index, in T value);
}
extern Mean<_T> { Mean(_T first); }
extern Change<T, I, R> {
    Change(Cells<_, _> cells);
    Change(Cells<T, _> cells, Mean<_> mean);
    abstract void apply(inout T value, @optional out R result);
    R execute(in I index);
}
struct Pair { bit<32> low; bit<32> high; }
control c(inout bit<32> x, in bit<9> port) {
    Cells<Pair, bit<10>>(1024) pairs;
    Cells<bit<8>, _>(16) bytes;
    Mean<bit<4>>(3) mean;
    Change<Pair, bit<10>, bit<32>>(pairs) first = {
        void apply(inout Pair value, out bit<32> result) { result = value.low; value.high = 1; }
    };
    Change<Pair, _, bit<32>>(pairs) any = {
        void apply(inout Pair value) { value.low = value.low + 1; }
    };
    Change<Pair, bit<9>, bit<32>>(pairs, mean) with_mean = {
        void apply(inout Pair value, out bit<32> result) { result = value.high; }
    };
    apply {
        x = first.execute(x[9:0]) + any.execute(port) + any.execute(3) + with_mean.execute(port);
        bytes.write(port, bytes.read(8w3));
        bytes.write(4, 0xff);
    }
}
