// P4-16 §7.2.6: a field of PNA's metadata is declared.

#include <pna.p4>
control c(in pna_main_input_metadata_t istd, inout PortId_t p) {
    apply { p = istd.egress_port; } // error
}
