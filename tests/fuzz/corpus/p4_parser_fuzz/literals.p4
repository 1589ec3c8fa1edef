const int a = 0x_F; const bit<8> b = 8w0b1010_1010; const int<8> c = 8s0o17; const string s = "a\"b\\c\n";
// comment
/* another */
@pragma name 1 "x" (
const bit<8> d = 0d9;
