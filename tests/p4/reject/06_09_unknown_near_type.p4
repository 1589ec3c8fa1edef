// P4-16 §6.9: what may have been meant by an unknown type is a type.

header Ethernet { bit<16> type_; }
control c(in bit<8> Etherne) {
    Ethernt h; // error
    apply { }
}
