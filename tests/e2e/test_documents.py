"""Documents that run: every YAML block is a configuration that is accepted."""

import re

import pytest

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
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
        assert (document.parent / target).exists(), f"{document}: {target}"


def test_the_reference_of_options_is_printed_from_the_schema():
    assert run(BINARY, "check", "--reference") == (SOURCE / "docs/reference/options.md").read_text()
