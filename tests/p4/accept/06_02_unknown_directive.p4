// P4-16 §6.2: a line that begins with '#' and names no directive is skipped, with a warning.

# A remark as other languages have them, which needn't be balanced.
const bit<8> a = 1;
	#a = 2;
const bit<8> b = a;
