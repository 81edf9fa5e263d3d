/**
 * What a Python child runs first: it reads the request from descriptor 3, publishes parameters
 * and functions as globals, and executes the body (language.md 5.4, 5.5, 5.8).
 *
 * Functions are built from syntax trees, so their bodies may `return` and need no re-indenting.
 * Tracebacks start at the body: the runner's own frames say nothing to the script's author.
 */
export const PYTHON_RUNNER = String.raw`
import ast, json, linecache, os, sys, textwrap, traceback

def parse(code, name):
    first, _, rest = code.partition("\n")
    # A body that starts right behind its brace has no indentation on its first line only.
    tries = [textwrap.dedent(code), first.strip() + "\n" + textwrap.dedent(rest)]
    for index, text in enumerate(tries):
        try:
            tree = ast.parse(text, name)
        except IndentationError:
            if index + 1 < len(tries):
                continue
            raise
        finally:
            linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        return tree

def define(function, scope):
    name = function["name"]
    params = ", ".join(param + "=None" for param in function["params"])
    tree = ast.parse("def %s(%s):\n    pass" % (name, params))
    tree.body[0].body = parse(function["code"], "<py %s>" % name).body or tree.body[0].body
    exec(compile(tree, "<py %s>" % name, "exec"), scope)

def main():
    with os.fdopen(3, "rb") as pipe:
        request = json.loads(pipe.read().decode("utf-8"))
    sys.argv = ["py"]
    scope = {"__name__": "__main__", "__builtins__": __builtins__}
    for function in request["functions"]:
        define(function, scope)
    for name in request["params"]:
        scope[name] = request["values"].get(name)
    exec(compile(parse(request["code"], "<py>"), "<py>", "exec"), scope)

try:
    main()
except SystemExit:
    raise
except BaseException as error:
    trace = error.__traceback__
    while trace is not None and not trace.tb_frame.f_code.co_filename.startswith("<py"):
        trace = trace.tb_next
    sys.stdout.flush()
    traceback.print_exception(type(error), error, trace)
    sys.exit(1)
`;
