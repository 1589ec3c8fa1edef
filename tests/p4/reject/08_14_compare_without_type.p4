// P4-16 §8.14: two structure-valued expressions without a type are not compared.

const bool b = { f = 1 } == { f = 1 }; // error
