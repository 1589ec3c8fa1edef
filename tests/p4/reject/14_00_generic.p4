// P4-16 §14: a control is not generic.

control c<H>(inout H data) { apply { } } // error
