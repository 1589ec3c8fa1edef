// P4-16 §20.2: lists or pairs of known strings, integers and Booleans.

#define TEXT_CONST "hello"
#define NUM_CONST 6
const int seven = 7;
@Empty[]
@MixedExprList[1, TEXT_CONST, true, 1 == 2, 5 + NUM_CONST, seven]
@Labels[short="Short Label", hover="My Longer " ++ "Label"]
@MixedKV[label="text", my_bool=true, int_val=2*3]
const bit<8> k = 1;
@my_anno(1) const bit<8> a = 1;
@my_anno[2] const bit<8> b = 1;
