// P4-16 §8.10.2, §8.25, in practice: programs for PSA shift by a PortId_t without a cast.

type bit<8> Port;

control c(inout bit<32> set, in Port port) {
    apply {
        set = set | (32w1 << port);
        set = set >> port;
    }
}
