// P4-16 §20.3.9: @noWarn inhibits a warning.

@noWarn("unused") const bit<8> k = 1;
@noWarn("unused") action a() { }
