// v1model: fields that standard_metadata_t once had; the remedy says what is written today.

#include <core.p4>
#include <v1model.p4>

control c(inout standard_metadata_t standard_metadata) {
    apply {
        if (standard_metadata.resubmit_flag == 0) { // error
            standard_metadata.drop = 1;
        }
    }
}
