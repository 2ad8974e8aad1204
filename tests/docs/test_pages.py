"""The pages are right: their commands do what they print, their links lead somewhere."""

import re

import pytest

from tests.docs.pages import Page, pages
from tests.docs.terminal import Terminal


@pytest.mark.parametrize("page", [page for page in pages() if page.commands()], ids=str)
def test_commands_print_what_the_page_says(page: Page, terminal: Terminal) -> None:
    for command in page.commands():
        if command.serves:
            terminal.serve(command.text)
            continue
        printed = terminal.run(command.text)
        assert command.printed(printed), f"$ {command.text}\n{printed}"


@pytest.mark.parametrize("page", pages(), ids=str)
def test_links_lead_to_files(page: Page) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.text)
    assert [link for link in links if not (page.path.parent / link).exists()] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    linked = set(re.findall(r"\(docs/([\w-]+\.md)\)", pages()[0].text))
    assert linked == {page.path.name for page in pages()[1:]}
