// P4-16 §7.2.1: enumerations, plain and with a type beneath.

enum Suits { Clubs, Diamonds, Hearts, Spades }
enum bit<16> EtherType { VLAN = 0x8100, IPV4 = 0x0800, IPV6 = 16w0x86dd }
typedef bit<8> byte;
enum byte B { a = 1, b = 1 + 1, c = 255 }
const int base = 7;
enum int<8> Signed { minus = -1, zero = 0, plus = base }
enum bit<8> Same { one = 1, uno = 1 }
header H { EtherType t; Signed s; }
struct S { Suits u; }
