// P4-16 §7.6: a port is no number in PSA.

#include <psa.p4>
control c(inout psa_ingress_output_metadata_t ostd, in bit<32> number) {
    apply { ostd.egress_port = number; } // error
}
