struct headers {
}
control C(inout headers headers, in bit<8> x) {
    apply {
        headers.x = 5;
        headers[1].setValid();
        headers(1);
    }
}
control D(inout headers h) {
    headers() headers;
    apply {
        headers.apply(h);
    }
}
