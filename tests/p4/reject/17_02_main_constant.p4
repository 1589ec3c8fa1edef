// P4-16 §17.2: main is the instance of a package.

const bit<8> main = 1; // error
