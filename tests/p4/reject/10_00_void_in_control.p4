// P4-16 §10: functions are declared at the top level, those without a result too.

control c() {
    void nothing() { } // error
    apply { }
}
