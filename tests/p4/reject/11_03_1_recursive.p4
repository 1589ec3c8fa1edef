// P4-16 F: methods of an instance do not call each other in a circle.

extern balancer {
    balancer();
    abstract bit<8> choose(in bit<8> flow);
    abstract bit<8> next(in bit<8> flow);
}
balancer() b = {
    bit<8> choose(in bit<8> flow) { return this.next(flow + 1); }
    bit<8> next(in bit<8> flow) { return flow == 0 ? 8w0 : this.choose(flow); } // error
};
