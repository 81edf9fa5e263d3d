function alpha() { return beta(); }
function beta() {}
class Gamma { method() {} }
