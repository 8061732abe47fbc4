"""Which source files may be compiled together: prints `file;unit` for each.

A name that a file keeps to itself, in an unnamed namespace, must not be another's of its unit nor stand in a header that
another includes: it could change what a call there means. Takes the project's folder and the files.
"""

import re
import sys
from functools import cache
from pathlib import Path

LARGEST = 16  # files in a unit: more take too much memory, and leave the last processor alone at the end

TYPE = re.compile(r"(?:struct|class|union|using|enum(?: class)?) (\w+)")
OTHER = re.compile(r"[^=]*?\b(\w+)(?=\(|\[|\{|;| =)")
UNNAMED = re.compile(r"^namespace \{\n(.*?)^\} // namespace$", re.M | re.S)
INCLUDED = re.compile(r'^#include "(.*)"', re.M)


def declared(text):
    """The names that a text declares at the outermost level, which .clang-format lays out in the first column."""
    names = set()
    for line in text.splitlines():
        found = re.match(r"[\w[]", line) and not line.startswith(("namespace", "template", "TEST_CASE")) and (TYPE.match(line) or OTHER.match(line))
        if found:
            names.add(found[1])
    return names


@cache
def visible(file, project):
    """The names that the headers of a file declare, theirs included."""
    names = set()
    for header in INCLUDED.findall(file.read_text()):
        for path in project / "src" / header, project / "tests" / header:
            if path.exists():
                names |= declared(path.read_text()) | visible(path, project)
    return names


def units(project, files):
    """Lists of files: each joins the first unit that has room and where no name meets another."""
    found = []
    for file in sorted(files):
        own, seen = declared("\n".join(UNNAMED.findall(file.read_text()))), visible(file, project)
        for unit in found:
            if len(unit["files"]) < LARGEST and not (own & (unit["own"] | unit["seen"]) or seen & unit["own"]):
                break
        else:
            found.append(unit := {"files": [], "own": set(), "seen": set()})
        unit["files"].append(file)
        unit["own"] |= own
        unit["seen"] |= seen
    return [unit["files"] for unit in found]


if __name__ == "__main__":
    for number, files in enumerate(units(Path(sys.argv[1]), map(Path, sys.argv[2:]))):
        for file in files:
            print(f"{file};{number}")
