// P4-16 §20.2: and of type string, int or bool.

@Bad[{ 1, 2 }] // error
const bit<8> k = 1;
