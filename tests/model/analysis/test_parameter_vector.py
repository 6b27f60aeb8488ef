import json

import numpy as np
import pytest

from model.analysis.parameter_vector import Parameter, ParameterVector, chunks, same_parameters, write_vector
from model.command import UserError

PARAMETERS = [
    Parameter(name="weight", shape=(2, 3), offset=0, prunable=True),
    Parameter(name="norm", shape=(2,), offset=6, prunable=False),
]
VALUES = [np.arange(6.0).reshape(2, 3), np.array([7.0, 8.0])]


@pytest.fixture
def path(tmp_path):
    write_vector(tmp_path / "s" / "gl.npy", PARAMETERS, VALUES, {"batches": 3})
    return tmp_path / "s" / "gl.npy"


def test_a_vector_is_a_plain_npy_file_with_an_index_beside_it(path):
    loaded = np.load(path)
    assert loaded.dtype == np.float32 and loaded.tolist() == [0, 1, 2, 3, 4, 5, 7, 8]
    index = json.loads((path.parent / "gl.json").read_text())
    assert index["batches"] == 3
    assert index["parameters"][1] == {"name": "norm", "shape": [2], "offset": 6, "prunable": False}
    assert sorted(file.name for file in path.parent.iterdir()) == ["gl.json", "gl.npy"]


def test_it_is_read_in_pieces(path):
    vector = ParameterVector(path)
    assert len(vector) == 8 and vector.parameters == PARAMETERS
    pieces = [vector.read(*piece) for piece in chunks(0, 8, 3)]
    assert [len(piece) for piece in pieces] == [3, 3, 2]
    assert np.concatenate(pieces).tolist() == np.load(path).tolist()


def test_values_that_are_not_finite_are_refused(tmp_path):
    with pytest.raises(UserError, match="bad.npy: norm has values that are not finite"):
        write_vector(tmp_path / "bad.npy", PARAMETERS, [VALUES[0], np.array([1.0, np.nan])], {})
    assert not (tmp_path / "bad.npy").exists()


def test_vectors_that_are_not_there_damaged_or_of_another_model_are_refused_in_one_line(path):
    with pytest.raises(UserError, match="pt.json: not found; let"):
        ParameterVector(path.with_name("pt.npy"))
    other = [PARAMETERS[0].model_copy(update={"name": "other"}), PARAMETERS[1]]
    write_vector(path.with_name("other.npy"), other, VALUES, {})
    with pytest.raises(UserError, match="other.npy: its parameters are not those of .*gl.npy"):
        same_parameters([ParameterVector(path), ParameterVector(path.with_name("other.npy"))])
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    with pytest.raises(UserError, match="gl.npy: it or its index is damaged"):
        ParameterVector(path)
    np.save(path, np.zeros(7, np.float32))
    with pytest.raises(UserError, match="gl.npy: not the vector that gl.json describes"):
        ParameterVector(path)
