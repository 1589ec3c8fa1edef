// P4-16 §7.2.12: nor is a generic extern made where nothing tells its type.

extern R<T> { R(bit<32> size); T read(in bit<32> i); }
R(4) r; // error
