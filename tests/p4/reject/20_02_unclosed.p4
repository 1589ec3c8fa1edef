// P4-16 §20.2: brackets are closed.

@Bad[1, 2 const bit<8> k = 1; // error
