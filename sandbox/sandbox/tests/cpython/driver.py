"""Runs one module of CPython's own tests and tells what came of them, a line each: what, which test, why.

Every line starts with an `@`, because tests may print.
"""

import sys
import unittest

from test import support

out = sys.stdout
# As `python -m test` has it: nothing that needs gigabytes, minutes or somebody else's server.
support.use_resources = []


def tell(what, which, why=""):
    why = str(why).replace("\t", " ").replace("\n", " ")
    print("@", what, which, why[:300], sep="\t", file=out, flush=True)


class Teller(unittest.TestResult):
    def addFailure(self, test, error):
        tell("fail", name(test), repr(error[1]))

    addError = addFailure

    def addSubTest(self, test, subtest, error):
        if error is not None:
            tell("fail", name(test), f"{subtest._subDescription()} {error[1]!r}")

    def addUnexpectedSuccess(self, test):
        tell("fail", name(test), "unexpected success")

    def addSkip(self, test, reason):
        tell("skip", name(test), reason)


def name(test):
    return test.id().removeprefix("test.")


teller = Teller()
unittest.defaultTestLoader.loadTestsFromName("test." + sys.argv[1]).run(teller)
tell("ran", teller.testsRun)
