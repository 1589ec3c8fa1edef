// P4-16 §12.2: a semicolon alone.

control c(inout bit<8> v) {
    apply {
        ;
        ;;
        if (v == 1) ; else ;
        v = 1;
    }
}
