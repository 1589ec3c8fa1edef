// P4-16 §7.6: no new type of errors.

type error T; // error
