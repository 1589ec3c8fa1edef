// P4-16 §6.2: macros as programs write them: tokens pasted in front and behind, names made text, lines that go on.

#include <core.p4>

#define WIDTH 16
#define COLUMN(prefix, i) bit<WIDTH> ## prefix ## _column_ ## i
#define STORE(prefix, i) sum = sum + ## prefix ## _column_ ## i;
#define ADD(i) \
    sum = sum + ##i; \
    sum[##i:##i] = column##i[0:0]; \ 
    /* the line before ends in a blank after its backslash */ \
    sum = sum - 1;
#define TEXT(name) #name
#define STAGE(i) \
    @stage[number=i, path=TEXT(acl.stage ## i)] \
    table stage ## i { \
        key = { column ## i: exact; } \
        actions = { store; } \
    }
#define MANY(name, ...) @many[who=#name, __VA_ARGS__] const bit<8> name ## _id = 1;

MANY(rx, order=1, kind="stats")

#if defined(NEVER) || !defined(WIDTH)
#error "not here"
#endif

control c(inout bit<WIDTH> sum, in bit<WIDTH> column1, in bit<WIDTH> column2) {
    action store(COLUMN(in, 1), COLUMN(in, 2)) {
        STORE(in, 1)
        STORE(in, 2)
    }
    STAGE(1)
    STAGE(2)
    @restriction("
        // One string over many lines, with directives and 'quotes' inside.
        column::mask != 0;
#ifdef WIDTH
        column != 3;
#endif
    ")
    table last {
        actions = { store; }
    }
    apply {
        ADD(1)
        ADD(2)
        stage1.apply();
        stage2.apply();
        last.apply();
    }
}
