// P4-16 §20.3.8: @deprecated has a message.

@deprecated extern void f(); // error
