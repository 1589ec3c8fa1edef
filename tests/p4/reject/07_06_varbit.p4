// P4-16 §7.6: no new type of a varbit.

type varbit<8> T; // error
