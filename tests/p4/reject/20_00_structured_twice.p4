// P4-16 §20: a structured annotation is there once.

@DupAnno[k1=4]
@DupAnno[k2=5] // error
const bit<8> k = 1;
