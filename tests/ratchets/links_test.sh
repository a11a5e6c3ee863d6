#!/bin/bash
# What a document names is there: the file and the heading that a link leads to, and each path of
# the tree in backquotes. Files move, and nobody rereads all pages.
set -eu
# shellcheck source=tests/ratchets/ratchet.sh
. "$(dirname "$0")/ratchet.sh"

plant() {
  mkdir -p "$1/docs"
  printf '# A\n\n[gone](GONE.md), [no heading](A.md#b), `src/log/gone.h`\n' > "$1/docs/A.md"
}

violations() {
  python3 - "$1" << 'PYTHON'
import pathlib, re, sys

root = pathlib.Path(sys.argv[1])
pages = [page for pattern in ("*.md", "docs/*.md", "bench/*.md", "samples/*.md", "bindings/*/*.md",
                              "tests/*/*.md") for page in root.glob(pattern)]

def anchors(page):  # as GitHub makes them of headings
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

for page in pages:
    text, name = page.read_text(), page.relative_to(root)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists():
            print(f"{name}: there is no {path}")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            print(f"{name}: {path or name} has no heading #{anchor}")
    for path in re.findall(r"`((?:src|server|repl|tests|bench|tools|samples|include)/[\w./-]+)`", text):
        if page.name != "CHANGELOG.md" and \
                not (root / path).exists() and not (root / (path + ".cpp")).exists():
            print(f"{name}: there is no {path}")
PYTHON
}

ratchet 'links and paths of documents lead somewhere'
