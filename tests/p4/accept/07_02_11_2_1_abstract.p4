// P4-16 §7.2.11.2.1: abstract methods are implemented where the object is made.

extern Balancer {
    Balancer();
    bit<32> getFlowCount();
    abstract bit<4> on_new_flow(in bit<32> address);
}
const bit<32> offset = 3;
Balancer() b = {
    bit<4> on_new_flow(in bit<32> address) {
        bit<32> count = this.getFlowCount();
        return (address + count + offset)[3:0];
    }
};
control c(inout bit<4> v) {
    Balancer() inner = {
        bit<4> on_new_flow(in bit<32> address) { return 0; }
    };
    apply { v = inner.on_new_flow(1) + b.on_new_flow(2); }
}
