// P4-16 §8.12.1: nor is another width cast to the new type.

type bit<9> Port;
control c(out Port port, in bit<16> x) {
    apply {
        port = (Port)x; // error
    }
}
