// P4-16 §20.3.9: @noWarn tells which warning.

@noWarn const bit<8> k = 1; // error
