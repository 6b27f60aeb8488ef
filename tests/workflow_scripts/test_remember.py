from workflow_scripts.remember import remembered


class Asked:
    def __init__(self):
        self.asked = []

    @remembered
    def twice(self, number: int, more: int = 0) -> list[int]:
        self.asked.append((number, more))
        return [2 * number + more]

    @remembered
    def other(self, number: int) -> list[int]:
        return [number]


def test_an_answer_is_worked_out_once_for_each_object_and_its_arguments():
    one, another = Asked(), Asked()
    assert [one.twice(1), one.twice(1), one.twice(2), one.twice(1, more=3)] == [[2], [2], [4], [5]]
    assert one.twice(1) is one.twice(1) and one.asked == [(1, 0), (2, 0), (1, 3)]
    assert another.twice(1) == [2] and another.asked == [(1, 0)]


def test_methods_with_the_same_arguments_do_not_share_answers():
    asked = Asked()
    assert asked.twice(1) == [2] and asked.other(1) == [1]
