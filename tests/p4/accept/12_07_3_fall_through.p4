// P4-16 §12.7.3: labels without a block fall through; the last one may have none.

control c(inout bit<8> v) {
    apply {
        switch (v) { 1: 2: 3: { v = 4; } 5: }
        switch (v) { default: }
        switch (v) { 1: { switch (v) { 1: { v = 2; } } } default: { return; } }
    }
}
