// P4-16 §6.2: so is what a preprocessor that ran before writes.

# 1 "before.p4"
# 1 "<built-in>"
# 100 "before.p4" 2
const bit<8> a = 1;
