# SPDX-License-Identifier: Apache-2.0
"""The login page, as a person's browser meets it."""

import re

import pytest
from browser import Browser


class Visitor:
    """Opens the page and sends its forms."""

    def __init__(self, emulator, browser=None, **changes):
        self.emulator = emulator
        self.browser = browser or Browser()
        self.page = emulator.authorize(self.browser, **changes)

    def send(self, **fields):
        html = self.page.body.decode()
        action = re.search(r'action="([^"]+)"', html)[1]
        hidden = dict(re.findall(
            r'type="hidden" name="(\w+)" value="([^"]*)"', html))
        self.page = self.browser.call(
            "POST", self.emulator.domain + action.replace("&amp;", "&"),
            {**hidden, **fields})
        return self.page


def test_right_password_redirects_to_the_client(emulator):
    reply = Visitor(emulator).send(username="jane@example.com",
                                   password="Correct-horse1")
    assert emulator.exchange(reply.query["code"]).status == 200


def test_wrong_password_shows_the_page_again(emulator):
    visitor = Visitor(emulator)
    reply = visitor.send(username="jane", password="<wrong>")
    assert reply.status == 200
    assert b"Incorrect username or password." in reply.body
    reply = visitor.send(username="jane", password="Correct-horse1")
    assert "code" in reply.query


def test_first_login_changes_the_password(emulator):
    visitor = Visitor(emulator)
    visitor.send(username="newcomer", password="Temporary-3")
    assert b"did not conform" in visitor.send(new_password="short").body
    reply = visitor.send(new_password="Permanent-8")
    assert "code" in reply.query
    reply = Visitor(emulator).send(username="newcomer",
                                   password="Permanent-8")
    assert "code" in reply.query


def test_expired_login_page_is_400(emulator):
    visitor = Visitor(emulator)
    emulator.settings(clock_offset=301)
    reply = visitor.send(username="jane", password="Correct-horse1")
    assert (reply.status, b"Something went wrong" in reply.body) \
        == (400, True)


def test_two_tabs_sign_in_with_their_own_state(emulator):
    first = Visitor(emulator)
    second = Visitor(emulator, first.browser, state="second")
    for visitor, state in ((first, "abc"), (second, "second")):
        reply = visitor.send(username="jane", password="Correct-horse1")
        assert reply.query["state"] == state


def test_form_without_the_csrf_token_is_refused(emulator):
    visitor = Visitor(emulator)
    visitor.browser.cookies.pop("XSRF-TOKEN")
    reply = visitor.send(username="jane", password="Correct-horse1")
    assert reply.status == 400


def test_login_hint_is_filled_in_and_escaped(emulator):
    page = Visitor(emulator, login_hint='"><b>').page.body
    assert b'value="&quot;&gt;&lt;b&gt;"' in page


@pytest.mark.parametrize("word", [b"<script", b"src=", b"href=", b"@import"])
def test_login_page_loads_nothing_from_another_origin(emulator, word):
    page = Visitor(emulator).page
    assert word not in page.body
    assert b'name="viewport"' in page.body
