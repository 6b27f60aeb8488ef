"""The report in a real browser: headless Chromium, where it is installed (Debian's package chromium)."""

import html
import json
import re
import shutil
import subprocess

import pytest

from tests.workflow_scripts.report.test_report import shown
from workflow_scripts.report.report import page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; install the package chromium"),
]

# The page stands in two frames, of a wide and a narrow window. The script uses the wide one as a reader would, and
# leaves what it sees for the test to read.
HARNESS = """<!doctype html><meta charset="utf-8">
<iframe id="wide" style="width: 1200px; height: 900px" srcdoc="PAGE"></iframe>
<iframe id="narrow" style="width: 375px; height: 667px; border: 0" srcdoc="PAGE"></iframe>
<pre id="seen"></pre>
<script>
addEventListener("load", () => {
  const [wide, narrow] = ["wide", "narrow"].map((id) => document.getElementById(id).contentWindow);
  const table = wide.document.querySelector("table");
  const look = () => ({
    order: Array.from(table.tBodies[0].rows, (row) => row.cells[2].textContent),
    sorted: Array.from(table.tHead.rows[0].cells, (cell) => cell.getAttribute("aria-sort")),
  });
  const press = (column) => {
    const button = table.tHead.rows[0].cells[column].querySelector("button");
    button.focus();
    wide.document.activeElement.click();
    return look();
  };
  const left = narrow.document.querySelector("td:nth-child(3)");
  left.closest(".wide").scrollLeft = 1000;
  const seen = {
    first: look(), scores: press(3), reversed: press(3), systems: press(2),
    overflow: [wide, narrow].map((w) => w.document.documentElement.scrollWidth - w.innerWidth),
    scrolls: left.closest(".wide").scrollLeft > 100,
    sticks: left.getBoundingClientRect().left - left.closest(".wide").getBoundingClientRect().left,
    figures: Array.from(wide.document.querySelectorAll("svg"), (svg) => svg.getBoundingClientRect().width > 300),
    loaded: [wide, narrow].flatMap((w) => w.performance.getEntriesByType("resource").map((entry) => entry.name)),
  };
  document.getElementById("seen").textContent = JSON.stringify(seen);
});
</script>"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """What the script saw, and what the browser had to complain of."""
    folder = tmp_path_factory.mktemp("browser")
    framed = HARNESS.replace("PAGE", html.escape(page(shown(directions=30, rows=5))))
    (folder / "harness.html").write_text(framed, encoding="utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += [f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr", "--virtual-time-budget=5000"]
    command += ["--window-size=1300,1700", "--dump-dom", f"file://{folder / 'harness.html'}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    (seen,) = re.findall(r'<pre id="seen">(.*?)</pre>', done.stdout)
    return json.loads(html.unescape(seen)), [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def test_a_click_on_a_heading_sorts_by_the_first_number_and_the_next_the_other_way_round(opened):
    seen, _ = opened
    assert seen["first"] == {"order": ["run0", "run1", "run2", "run3", "run4"], "sorted": [None] * 33}
    # 9.5, nothing, 31.7 (+17.2*), 12.0 (-0.3) and 1,204.5
    assert seen["scores"]["order"] == ["run0", "run3", "run2", "run4", "run1"]
    assert seen["reversed"]["order"] == ["run4", "run2", "run3", "run0", "run1"], "what is missing stays last"
    assert [seen[step]["sorted"][3] for step in ("scores", "reversed", "systems")] == ["ascending", "descending", None]
    assert seen["systems"]["order"] == ["run0", "run1", "run2", "run3", "run4"]
    assert seen["systems"]["sorted"][2] == "ascending"


def test_no_window_is_too_narrow_and_the_system_stays_in_sight_in_a_wide_table(opened):
    seen, _ = opened
    assert max(seen["overflow"]) <= 0 and seen["scrolls"] and abs(seen["sticks"]) <= 1


def test_figures_are_drawn_nothing_is_loaded_and_nothing_complained_of(opened):
    seen, complaints = opened
    assert seen["figures"] == [True, True] and seen["loaded"] == [] and complaints == []
