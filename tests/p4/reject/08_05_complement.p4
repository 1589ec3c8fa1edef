// P4-16 §8.5: nor does ~.

const bool b = ~true; // error
