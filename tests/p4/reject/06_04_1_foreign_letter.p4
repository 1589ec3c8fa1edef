// P4-16 §6.4.1: identifiers are ASCII.

const bit<8> grüße = 1; // error
