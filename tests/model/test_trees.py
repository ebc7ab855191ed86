"""Which folder is the published tree's, whatever machine asks."""

from datetime import UTC, datetime, timedelta

import pytest

from feeder.model.trees import ANSWERS_WITHIN, Ground, Sign, Tree, judge

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TREE = Tree("ours", 7, "one")


@pytest.mark.parametrize("sign", [None, Sign("ours", 3), Sign("ours", 9), Sign("theirs", 3)])
def test_a_site_that_was_never_published_takes_any_folder(sign: Sign | None) -> None:
    assert judge(Tree("ours"), sign, "one", NOON) is Ground.NEW


@pytest.mark.parametrize("machine", ["one", "another"])
def test_a_folder_that_the_last_publish_wrote_to_is_the_trees_for_every_machine(machine: str) -> None:
    assert judge(TREE, Sign("ours", 7), machine, NOON) is Ground.TREE
    assert judge(TREE, Sign("ours", 8), machine, NOON) is Ground.TREE, "a run was killed before it said so"


@pytest.mark.parametrize("sign", [None, Sign("ours", 6)], ids=["emptied", "put back"])
def test_a_folder_that_lacks_something_is_made_anew_by_the_machine_that_published_last(
    sign: Sign | None,
) -> None:
    assert judge(TREE, sign, "one", NOON) is Ground.NEW
    assert judge(TREE, sign, "another", NOON) is Ground.ELSEWHERE


@pytest.mark.parametrize("machine", ["one", "another"])
def test_a_folder_of_another_site_is_never_taken(machine: str) -> None:
    asked = Tree("ours", 7, "one", asked=NOON - timedelta(days=1))
    assert judge(TREE, Sign("theirs", 1), machine, NOON) is Ground.FOREIGN
    assert judge(asked, Sign("theirs", 99), machine, NOON) is Ground.FOREIGN


def test_a_machine_that_does_not_answer_is_taken_for_gone() -> None:
    asked = Tree("ours", 7, "one", asked=NOON)
    moment = timedelta(seconds=1)
    assert judge(asked, None, "another", NOON + ANSWERS_WITHIN - moment) is Ground.ELSEWHERE
    assert judge(asked, None, "another", NOON + ANSWERS_WITHIN) is Ground.NEW
