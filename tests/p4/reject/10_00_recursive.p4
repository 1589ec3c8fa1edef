// P4-16 §10: functions are not recursive.

bit<8> f(in bit<8> x) { return f(x); } // error
