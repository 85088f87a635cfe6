"""How pytest runs while mutmut tries mutants; loaded there with `-p tests.mutation.plugin`.

mutmut asks once which tests call a function, and tries its mutants on those alone. That misses what is called while
modules are imported, and what a cache answers for another test; so every function gets the whole test files of its
module. Hypothesis draws the same examples for each mutant and shrinks none: one that fails is enough.
"""

import importlib
import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.mutation.mutants import SUITES, suite_file

settings.register_profile(
    "mutation",
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("mutation")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    if os.environ.get("MUTANT_UNDER_TEST") != "stats":
        return
    known = importlib.import_module("mutmut.state").state()
    took: Counter[str] = Counter()
    for test, seconds in known.duration_by_test.items():
        took[test.partition("::")[0]] += seconds
    known.duration_by_test.clear()
    known.duration_by_test.update(took)
    for function, tests in known.tests_by_mangled_function_name.items():
        tests.clear()
        tests.update(suite_file(name) for name in SUITES[function.split(".")[1]])
