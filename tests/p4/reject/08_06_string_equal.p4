// P4-16 §8.6: nor are they compared.

const bool b = "a" == "b"; // error
