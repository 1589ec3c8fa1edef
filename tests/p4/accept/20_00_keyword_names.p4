// Not in the text, but in p4c (its change 4897): keywords are names of annotations too.

#include <core.p4>
@const const bit<8> k = 1;
@in @out(1) struct S { @bit bit<8> x; @if["text"] bit<8> y; }
@parser control c(@inout inout bit<8> v) {
    @action action a() { v = 1; }
    @table("t") table t { key = { v : exact @select(1); } actions = { @switch a; @default NoAction; } }
    apply { @else { t.apply(); } }
}
