// P4-16 §6.8: clone_preserving_field_list's last argument is known.

#include <v1model.p4>
control c(inout bit<8> v) {
    apply { clone_preserving_field_list(CloneType.I2E, 5, v); } // error
}
