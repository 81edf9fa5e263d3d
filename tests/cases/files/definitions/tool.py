import os

def greet(name):
    return f"hi {name}"

class A:
    pass
