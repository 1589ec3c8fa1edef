// P4-16 §6.2: #line directives are taken.

#line 100 "elsewhere.p4"
const bit<8> a = 1;
#line 200
const bit<8> b = a;
