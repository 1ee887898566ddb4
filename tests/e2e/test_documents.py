"""Documents that run: every YAML block is a configuration that is accepted."""

import re

import pytest

from support.guide import dead_links
from support.signpost import BINARY
from support.tools import SOURCE, run

DOCUMENTS = [SOURCE / "README.md", *sorted((SOURCE / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_yaml_blocks_are_accepted(document, tmp_path):
    for number, block in enumerate(re.findall(r"```yaml\n(.*?)```", document.read_text(), re.S)):
        if block.startswith("# /etc/signpost/services.yaml"):
            continue  # No configuration; the file source's own tests read it.
        config = tmp_path / f"{number}.yaml"
        config.write_text(block)
        run(BINARY, "check", config)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_links_lead_somewhere(document):
    assert dead_links(document) == []


def known_commands():
    """By name, the options of each, from the reference that is printed from them: its first section tells the common ones."""
    common, *sections = re.split(r"^## signpost ", (SOURCE / "docs/reference/commands.md").read_text(), flags=re.M)

    def options(text):
        return set(re.findall(r"`(--?[a-z-]+)`", text))

    return {section.split("\n", 1)[0]: options(section) | (options(common) if "[common options]" in section else set())
            for section in sections}


def meant_by(words, commands):
    """The commands that words begin, as `drain` does those of three kinds."""
    for count in (2, 1):
        name = " ".join(words[:count])
        if found := [command for command in commands if (command + " ").startswith(name + " ")]:
            return found
    return []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_commands_that_documents_name_exist(document):
    commands = known_commands()
    code = "\n".join(map("".join, re.findall(r"^```(?:sh|console)\n(.*?)^```|`([^`\n]+)`", document.read_text(), re.S | re.M)))
    for line in re.findall(r"(?:^|[|;(] ?|\$ |sudo |release/)signpost ([a-z][^\n|;#]*)", code, re.M):
        found = meant_by(line.split(), commands)
        assert found, f"signpost {line}"
        options = set().union(*(commands[one] for one in found)) | {"--help"}
        assert set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", line.partition(" -- ")[0])) <= options, f"signpost {line}"


def test_the_reference_of_options_is_printed_from_the_schema():
    assert run(BINARY, "check", "--reference") == (SOURCE / "docs/reference/options.md").read_text()


def test_the_reference_of_labels_is_printed_from_the_table():
    assert run(BINARY, "check", "--labels") == (SOURCE / "docs/reference/labels.md").read_text()


def test_the_tests_that_security_names_exist():
    """Each threat's test: a unit test, a file of end-to-end tests or one of their functions, a fuzz target."""
    units = "".join(path.read_text() for path in (SOURCE / "tests").rglob("*_test.cc"))
    ends = {path.name: path.read_text() for path in (SOURCE / "tests/e2e").glob("test_*.py")}
    for name in re.findall(r"`([A-Za-z_.]+)`", (SOURCE / "docs/security.md").read_text()):
        if name.startswith("test_") and name.endswith(".py"):
            assert name in ends, name
        elif name.startswith("test_"):
            assert any(f"def {name}(" in text for text in ends.values()), name
        elif name.startswith("fuzz_"):
            assert (SOURCE / f"tests/fuzz/{name.removeprefix('fuzz_')}.cc").exists(), name
        elif re.fullmatch(r"[A-Z]\w+\.[A-Z]\w+", name):
            suite, _, test = name.partition(".")
            assert re.search(rf"\({suite}, {test}\)", units), name
