import os
import time

import pytest

from model.command import UserError
from workflow_scripts.jobs.inputs import from_the_future


def test_a_file_from_the_future_is_refused_by_name(tmp_path):
    past, future = tmp_path / "past.en", tmp_path / "future.en"
    now = time.time()
    for path, changed in ((past, now - 5), (future, now + 86400)):
        path.write_text("one")
        os.utime(path, (changed, changed))
    from_the_future([str(past), str(tmp_path), str(tmp_path / "missing")], now)
    with pytest.raises(UserError, match=rf"^{future}: its time, .*, is in the future; .*touch {future}$"):
        from_the_future([str(past), str(future)], now)
