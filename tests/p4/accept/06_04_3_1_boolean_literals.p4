// P4-16 §6.4.3.1: true and false.

const bool a = true;
const bool b = false;
