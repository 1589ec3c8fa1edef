// P4-16 §8.12.1: a new type is cast to the type that it was made from, not to another width.

type bit<9> Port;
control c(in Port port, out bit<16> x) {
    apply {
        x = (bit<16>)port; // error
    }
}
