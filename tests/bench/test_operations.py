import torch

from bench.operations import OUTSIDE, operation_seconds, shares


def test_a_table_has_the_share_of_matrix_products_and_the_others_by_size():
    seconds = {"aten::mm": 3.0, "aten::addmm": 2.0, "aten::mul": 4.0, OUTSIDE: 1.0}
    assert shares({"ours": seconds})[-1] == "| ours | 50.0% | mul 40.0%, outside torch 10.0% |"


def test_seconds_of_an_operation_are_without_those_that_it_calls():
    a, done = torch.ones(1000, 1000), []  # so large that its product takes much longer than all around it

    def step():
        torch.nn.functional.linear(a, a)
        done.append(1)
        return 1, 1

    found = operation_seconds(step, 2, 3)
    assert len(done) == 5
    assert found["aten::mm"] > found["aten::linear"] > 0 and all(seconds >= 0 for seconds in found.values())
