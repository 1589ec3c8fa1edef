// P4-16 §20.4: annotations of others are no error.

@vendor_thing(1, 2) @Vendor[x=1] control c(inout bit<8> v) { apply { @vendor_block { v = 1; } } }
