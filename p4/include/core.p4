// core.p4: the library that every P4-16 program may use (P4-16 v1.2.5, appendix "P4 core library").

#ifndef _CORE_P4_
#define _CORE_P4_

// The errors of the core library (section 12.8 and 14.1). `NoError` is the value of a parser that went well.
error {
    NoError,               // All is well.
    PacketTooShort,        // The packet ends before what is extracted ends.
    NoMatch,               // No case of a `select` matched.
    StackOutOfBounds,      // `next` of a full header stack, or `last` of an empty one.
    HeaderTooShort,        // A variable-size field is longer than its type admits.
    ParserTimeout,         // The parser took longer than the target admits.
    ParserInvalidArgument  // An extern of the parser cannot take this value.
}

// The packet that a parser reads, as a cursor over its bits (section 12.8).
extern packet_in {
    // Reads a header of fixed size, makes it valid and moves the cursor. T is a header type (section 12.8.1).
    void extract<T>(out T hdr);
    // Reads a header with one varbit field, whose length in bits is the second argument (section 12.8.2).
    void extract<T>(out T variableSizeHeader, in bit<32> variableFieldSizeInBits);
    // Reads a T at the cursor and leaves the cursor where it is (section 12.8.3).
    T lookahead<T>();
    // Moves the cursor by so many bits (section 12.8.4).
    void advance(in bit<32> sizeInBits);
    // The packet's length in bytes; not every architecture has it.
    bit<32> length();
}

// The packet that a deparser writes (section 16).
extern packet_out {
    // Appends a header that is valid, every valid element of a stack, the valid member of a union, or each field of
    // a structure of such; what is not valid is left out.
    void emit<T>(in T hdr);
}

// Ends the parser in state `reject` with this error unless the condition holds (section 12.7).
extern void verify(in bool check, in error toSignal);

// Does nothing; the default action of a table that names none (section 14.2.1.3).
@noWarn("unused")
action NoAction() {}

// How a table's key may be matched in every architecture (section 14.2.1.1).
match_kind {
    exact,    // Every bit is equal.
    ternary,  // The bits under a mask are equal; the entry with the best priority wins.
    lpm       // The longest prefix wins.
}

// Ends the compilation with the message if the condition, which is known to the compiler, does not hold. It returns
// true, so that it may be written where only a declaration may be: `const bool ok = static_assert(...);`.
@pure
extern bool static_assert(bool check, string message);

@pure
extern bool static_assert(bool check);

#endif
