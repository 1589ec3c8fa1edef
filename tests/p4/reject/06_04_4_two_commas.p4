// P4-16 §6.4.4: one comma at the end, not two.

enum E { a, b,, } // error
