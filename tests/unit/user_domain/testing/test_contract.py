"""What a subclass of a contract may do: give it fixtures, and name what its adapter does not do yet."""

import pytest

from user_domain.testing.contracts.clock import ClockContract
from user_domain.testing.contracts.session_repository import SessionRepositoryContract

pytest_plugins = ["pytester"]

SUITES = """
    import pytest
    from user_domain.testing.contracts.contract import Contract

    class ParityContract(Contract):
        async def test_of_coroutines(self, number):
            assert number % 2 == 0

        @pytest.mark.parametrize("addend", [2, 4])
        def test_of_sums(self, number, addend):
            assert (number + addend) % 2 == 0
"""
PYTEST_INI = """
    [pytest]
    asyncio_mode = auto
    asyncio_default_fixture_loop_scope = function
"""


def run(pytester: pytest.Pytester, adapters: str) -> pytest.RunResult:
    pytester.makeini(PYTEST_INI)
    pytester.makepyfile(SUITES + adapters)
    return pytester.runpytest("-p", "no:cacheprovider", "-rA")


def test_a_suite_itself_is_not_collected(pytester: pytest.Pytester) -> None:
    run(pytester, "").assert_outcomes()


def test_a_subclass_runs_every_test_with_its_fixtures(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
    class TestTwo(ParityContract):
        @pytest.fixture
        def number(self):
            return 2
        """,
    )
    result.assert_outcomes(passed=3)


def test_a_known_gap_is_an_expected_failure_of_that_adapter_only(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
    class TestThree(ParityContract):
        known_gaps = {"test_of_coroutines": "three is odd", "test_of_sums": "so are its sums"}

        @pytest.fixture
        def number(self):
            return 3

    class TestTwo(ParityContract):
        @pytest.fixture
        def number(self):
            return 2

    class TestFive(ParityContract):
        @pytest.fixture
        def number(self):
            return 5
        """,
    )
    result.assert_outcomes(xfailed=3, passed=3, failed=3)
    result.stdout.fnmatch_lines(["XFAIL *TestThree::test_of_coroutines - three is odd", "FAILED *TestFive::*"])


def test_a_gap_that_is_closed_has_to_be_taken_off_the_list(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
    class TestTwo(ParityContract):
        known_gaps = {"test_of_coroutines": "forgotten", "test_of_sums": "forgotten"}

        @pytest.fixture
        def number(self):
            return 2
        """,
    )
    result.assert_outcomes(failed=3)


def test_a_gap_that_no_test_shows_is_a_mistake() -> None:
    with pytest.raises(AttributeError, match="test_of_old"):
        type("Misspelt", (ClockContract,), {"known_gaps": {"test_of_old": "never was"}})


@pytest.mark.parametrize("override", [lambda self: None, None], ids=["with another test", "with nothing"])
def test_an_adapter_cannot_override_a_test(override: object) -> None:
    with pytest.raises(TypeError, match="overrides test_tells_an_aware_moment_in_utc"):
        type("Excused", (ClockContract,), {"test_tells_an_aware_moment_in_utc": override})


def test_nor_by_inheriting_the_override() -> None:
    class Excuse:
        def test_tells_an_aware_moment_in_utc(self) -> None:
            pass

    with pytest.raises(TypeError):
        type("Excused", (Excuse, ClockContract), {})


def test_nor_one_that_the_contract_itself_inherits() -> None:
    with pytest.raises(TypeError, match="overrides test_the_oldest_sessions_end_and_say_why"):
        type("Excused", (SessionRepositoryContract,), {"test_the_oldest_sessions_end_and_say_why": None})


def test_an_adapter_may_have_tests_of_its_own() -> None:
    class More(ClockContract):
        def test_something_else(self) -> None:
            pass

    assert hasattr(More, "test_something_else")
