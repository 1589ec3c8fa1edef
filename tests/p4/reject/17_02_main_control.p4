// P4-16 §17.2: and not a control, a parser or a package's type.

control main(inout bit<8> v) { // error
    apply { }
}
