// P4-16 §7.2.11.2: packages are not overloaded.

package P(bit<8> a);
package P(bit<8> a, bit<8> b); // error
