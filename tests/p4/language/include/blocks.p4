// The blocks of a v1model switch that do nothing. What includes this has defined headers_t and metadata_t.
control NoVerify(inout headers_t hdr, inout metadata_t meta) { apply { } }
control NoEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) { apply { } }
control NoCompute(inout headers_t hdr, inout metadata_t meta) { apply { } }
