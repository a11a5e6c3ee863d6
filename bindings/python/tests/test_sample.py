"""The sample runs, and README shows what stands in it."""

import pathlib
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).parents[3]


def test_the_sample(tmp_path):
    def run(path):
        command = [sys.executable, ROOT / "samples/embed.py", path]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    done = run(tmp_path / "sample.bin")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "b'hello' 1 nothing",
        r"b'2010-02-01,204.62\n'",
        "b'greeting' b'hello'",
        "b'1'",
    ]
    assert run(tmp_path / "sample.bin").stdout.endswith("b'2'\n")
    done = run(tmp_path / "no" / "sample.bin")
    assert done.returncode == 1 and done.stderr.startswith("NOTFOUND: cannot create")


def test_the_documents_show_the_sample():
    sample = (ROOT / "samples/embed.py").read_text()
    for page in ("bindings/python/README.md", "docs/EMBEDDING.md"):
        blocks = (ROOT / page).read_text().split("```python\n")[1:]
        assert blocks
        for block in blocks:
            assert textwrap.indent(block.split("```")[0], "    ") in sample
