"""Code stays small enough to read: the limits, and the words that every module begins with."""

import ast

from tests.architecture.sources import modules

LONGEST_FUNCTION = 40
LONGEST_MODULE = 300
LONGEST_LAW = 10

EVERYTHING = ("src", "tests", "benchmarks")


def test_no_function_is_too_long() -> None:
    too_long = [
        f"{module}:{function.lineno} {function.name}: {length} lines"
        for module in modules(*EVERYTHING)
        for function in module.functions()
        if (length := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    ]
    assert too_long == []


def test_no_module_is_too_long() -> None:
    too_long = [
        f"{module}: {module.lines} lines"
        for module in modules(*EVERYTHING)
        if module.lines > LONGEST_MODULE
    ]
    assert too_long == []


def test_every_module_begins_with_its_law() -> None:
    """A few lines: what it decides, and what it must not know."""
    wrong = {}
    for module in modules("src"):
        law = (ast.get_docstring(module.tree) or "").split("\n")
        if not law[0] or len(law) > LONGEST_LAW:
            wrong[str(module)] = len(law)
    assert wrong == {}


def test_every_other_module_says_what_it_is() -> None:
    silent = [
        str(module)
        for module in modules("tests", "benchmarks")
        if module.text.strip() and not ast.get_docstring(module.tree)
    ]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = {"utils", "util", "common", "helpers", "helper", "misc"}
    assert [str(m) for m in modules("src") if vague & {*m.path.parts, m.path.stem}] == []
