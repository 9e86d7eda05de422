"""What must hold of the files themselves, whoever writes them."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.environment import ROOT

LONGEST = 300  # lines; beyond it a file no longer holds one idea
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-similar.txt")
GENERATED = {".git", ".venv", ".build", ".hypothesis", "node_modules", "var", "__pycache__"}

# Put together here so that this file does not contain what it looks for.
REGISTRIES = [
    *("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "jsr" + ".io", "deno" + ".land"),
    *(
        "deb.debian" + ".org",
        "archive.ubuntu" + ".com",
        "--index" + "-url",
        "--extra-index" + "-url",
        "--find" + "-links",
    ),
]
MACHINE_PATH = re.compile(r"(?<![\w.-])/(?:work|root|farm|home)/[a-z.]")
OUTSIDE = ".." + "/shared"


def files(*suffixes: str, under: str = "") -> list[Path]:
    """The project's files with one of the suffixes (none: all), as git sees them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    names = listed.stdout.split("\0") if listed.returncode == 0 else _walked()
    found = [ROOT / name for name in names if name and name.startswith(under)]
    return sorted({path for path in found if path.is_file() and (not suffixes or path.suffix in suffixes)})


def _walked() -> list[str]:
    """The same in a copy without git: everything but what tools make."""
    names = []
    for folder, folders, entries in os.walk(ROOT):
        folders[:] = [f for f in folders if f not in GENERATED and not f.endswith("_cache")]
        names += [str((Path(folder) / entry).relative_to(ROOT)) for entry in entries]
    return names


def lines(paths: list[Path]) -> Iterator[tuple[str, str]]:
    """(place, line) of all text files among `paths`."""
    for path in paths:
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            yield f"{path.relative_to(ROOT)}:{number}", line


def code(path: Path) -> str:
    """A script's or style sheet's text, its block comments blanked out and its lines kept."""
    blank = re.compile(r"/\*.*?\*/", re.DOTALL)
    return blank.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), path.read_text())


def place(path: Path, text: str, match: re.Match[str]) -> str:
    """Where in a file a match is, and what it is."""
    return f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: {match[0].strip()}"


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_files_name_no_host_and_pin_everything(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    requirements = re.split(r"\n(?=\S)", text.strip())
    assert requirements
    for requirement in requirements:
        assert re.match(r"[\w.\[\],-]+==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def test_every_declared_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for lock, declared in (
        (LOCKS[0], project["project"]["dependencies"]),
        (LOCKS[1], project["dependency-groups"]["dev"]),
    ):
        locked = set(re.findall(r"^([\w.-]+)", (ROOT / lock).read_text(), re.MULTILINE))
        names = {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in declared}
        assert names - locked == set(), f"run `make lock`: {lock}"


def test_no_package_registry_is_named() -> None:
    named = [where for where, line in lines(files()) for host in REGISTRIES if host in line]
    assert named == []


def test_no_path_of_a_machine_is_named() -> None:
    assert [where for where, line in lines(files()) if MACHINE_PATH.search(line)] == []


def test_nothing_outside_the_project_is_named() -> None:
    scripts = {".js", ".css", ".html"}  # modules do import from the folder static/shared
    others = [path for path in files() if path.suffix not in scripts]
    assert [where for where, line in lines(others) if OUTSIDE in line] == []


def test_readme_has_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "make run" in readme
    assert "make test" in readme


def test_build_server_can_run_the_tests() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_files_hold_one_idea() -> None:
    long = {}
    for path in files(".py", ".js", ".css", ".html"):
        relative = path.relative_to(ROOT)
        if relative.parts[0] == "tests" or "migrations" in relative.parts:
            continue
        count = len(path.read_text().splitlines())
        if count > LONGEST:
            long[str(relative)] = count
    assert long == {}


STATEMENT = re.compile(
    r"""^[ \t]*(?:import|export)\b(?P<what>[^;'"]*?)(?:\bfrom\b)?\s*(?P<quote>['"])(?P<target>[^'"\n]+)(?P=quote)(?P<end>[^\n]?)""",
    re.MULTILINE,
)


def imports(path: Path) -> Iterator[tuple[str, re.Match[str]]]:
    """The static imports and re-exports of a module, with their places."""
    text = code(path)
    for match in STATEMENT.finditer(text):
        if "from" in match[0] or not match["what"].strip():
            yield place(path, text, match), match


def test_imports_of_modules_can_be_rewritten_to_hashed_names() -> None:
    """One without a semicolon, or not relative, would silently stay unhashed and be cached for ever."""
    seen = 0
    for path in files(".js", under="static/"):
        for where, match in imports(path):
            seen += 1
            assert match["end"] == ";", f"{where} needs a semicolon"
            assert match["target"].startswith(("./", "../")), f"{where} must be relative"
            assert (path.parent / match["target"]).is_file(), f"{where} leads nowhere"
    assert seen, "no import was found: does this test still look in the right place?"


MARKUP = re.compile(
    r"\b(?:inner|outer)HTML\b|\binsertAdjacentHTML\b|\bsetHTMLUnsafe\b|\bcreateContextualFragment\b"
    r"|\bdocument\.write(?:ln)?\b|\beval\(|\bnew Function\b|\bjavascript:"
)


def test_no_script_makes_markup_or_code_from_text() -> None:
    found = []
    for path in files(".js", ".html"):
        if path.relative_to(ROOT).parts[0] in {"static", "templates"}:
            text = code(path)
            found += [place(path, text, match) for match in MARKUP.finditer(text)]
    assert found == []


INLINE = re.compile(
    r"""<script(?![^>]*\b(?:src=|type="application/json"))[^>]*>|<style\b|\sstyle=["']|\son[a-z]+=["']""",
    re.IGNORECASE,
)


def test_templates_keep_to_the_content_security_policy() -> None:
    found = []
    for path in files(".html", under="templates/"):
        text = path.read_text()
        found += [place(path, text, match) for match in INLINE.finditer(text)]
    assert found == []


PHYSICAL = re.compile(
    r"""
    (?<![\w-])(?:
        (?:scroll-)?(?:margin|padding)-(?:left|right)\s*:
      | border-(?:left|right)(?:-\w+)?\s*:
      | border-(?:top|bottom)-(?:left|right)-radius\s*:
      | (?:left|right)\s*:
      | text-align\s*:\s*(?:left|right)\b
      | (?:float|clear)\s*:\s*(?:left|right)\b
    )
    """,
    re.VERBOSE,
)
# "top right bottom left", where right and left differ
LOPSIDED = re.compile(
    r"(?<![\w-])(?:margin|padding|inset)\s*:\s*[^\s;{}]+\s+(?P<right>[^\s;{}]+)\s+[^\s;{}]+\s+(?!(?P=right)\s*[;}])[^\s;{}]+\s*[;}]"
)


def tight(css: str) -> str:
    """The style sheet with the blanks inside brackets replaced, so that `calc(1px + 2px)` is one word."""
    depth = 0
    characters = []
    for character in css:
        depth += {"(": 1, ")": -1}.get(character, 0)
        characters.append("_" if depth and character in " \t" else character)
    return "".join(characters)


def test_style_sheets_work_from_right_to_left() -> None:
    found = []
    for path in files(".css", under="static/"):
        text = tight(code(path))
        found += [place(path, text, match) for match in PHYSICAL.finditer(text)]
        found += [place(path, text, match) for match in LOPSIDED.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    ("pattern", "wrong", "right"),
    [
        (PHYSICAL, ".a { margin-left: 1px }", ".a { margin-inline-start: 1px }"),
        (PHYSICAL, ".a{left:0}", ".a{inset-inline-start:0}"),
        (PHYSICAL, "a { text-align: right; }", "a { text-align: end; }"),
        (PHYSICAL, "a { border-top-left-radius: 2px }", "a { border-start-start-radius: 2px }"),
        (LOPSIDED, "a { margin: 0 1px 0 2px; }", "a { margin: 0 1px 0 1px; }"),
        (LOPSIDED, "a{inset:0 var(--s1) 0 0}", tight("a{padding:calc(1px + 2px) 3px;margin:1px}")),
        (MARKUP, "node.innerHTML = text;", "node.textContent = text;"),
        (MARKUP, "eval('1')", "retrieval(1)"),
        (INLINE, "<script>go()</script>", '<script type="module" src="a.js"></script>'),
        (INLINE, '<p onclick="go()">', '<script id="data" type="application/json">'),
        (MACHINE_PATH, "see " + "/".join(["", "work", "main"]), "see framework/root/x"),
    ],
)
def test_patterns_find_what_they_look_for(pattern: re.Pattern[str], wrong: str, right: str) -> None:
    assert pattern.search(wrong)
    assert not pattern.search(right)
