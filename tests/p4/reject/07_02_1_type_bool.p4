// P4-16 §7.2.1: the type beneath is bit or int with a width.

enum bool E { a = true } // error
