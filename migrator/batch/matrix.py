"""A workflow for GitHub Actions that does a batch in parts: for those who have no hosts of their own."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# What one run of a workflow may have (docs.github.com: "Usage limits": a job matrix generates at most 256 jobs).
MOST = 256
_WORKFLOW = """\
# Written by `migrator batch --github-matrix {parts}`. Each part is a job; a source is in the same part each time.
name: migrator batch
on: workflow_dispatch
permissions:
  contents: read
jobs:
  part:
    runs-on: ubuntu-latest
    timeout-minutes: 350
    strategy:
      fail-fast: false
      matrix:
        part: {numbers}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install migrator
      # Exit code 1 says that some did not succeed, which is a result.
      - run: |
          {command} --shard "$PART/{parts}" --output batch || test $? -eq 1
        env:
          PART: ${{{{ matrix.part }}}}
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: part-${{{{ matrix.part }}}}
          path: batch
"""


def workflow(words: Sequence[str], parts: int) -> str:
    """The text of the workflow; `words` are the command with its sources and options, as one would type it."""
    numbers = json.dumps(list(range(1, parts + 1)))
    # An expression of GitHub's would be expanded before any shell sees it; a word with one is in single quotes.
    command = shlex.join(words).replace("${{", "$''{{")
    return _WORKFLOW.format(parts=parts, numbers=numbers, command=command)
