// P4-16 §6.4.2: comments are to the end of the line or between marks, and end a token.

/* one */ const /* two
   lines // with another in it */ bit<8>/**/a = /** Javadoc */ 1; // three /* not begun
// four */
const bit<8> b = 6 / 2 /* * */ * 1;
