// P4-16 §18.3.2: two tables do not get one name.

#include <core.p4>
control Simple(inout bit<8> v);
package Top(Simple s);
control c(inout bit<8> v) {
    action a() { v = 1; }
    @name("same") table t { key = { v : exact; } actions = { a; } }
    @name("same") table u { key = { v : exact; } actions = { a; } } // error
    apply { t.apply(); u.apply(); }
}
Top(c()) main;
