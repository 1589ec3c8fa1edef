// P4-16 §7.2.11.2 lets only functions and methods have overloads; programs have them of packages, told apart likewise.

control Block(inout bit<8> x);
package Switch(Block only);
package Switch(Block first, Block second);
package Switch(Block first, bit<8> number);

control c(inout bit<8> x) {
    apply { x = 1; }
}

Switch(first = c(), second = c()) main;
