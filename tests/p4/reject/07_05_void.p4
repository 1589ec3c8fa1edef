// P4-16 §7.5: void gets no other name.

typedef void X; // error
