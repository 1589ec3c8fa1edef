// P4-16 §6.2: #error ends the compilation.

const bit<8> a = 1;
#error stop here // error
