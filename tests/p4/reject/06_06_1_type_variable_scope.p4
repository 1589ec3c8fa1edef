// P4-16 §6.6.1: a type variable ends with its declaration.

extern E<T> { E(); T get(); }
extern T f(); // error
