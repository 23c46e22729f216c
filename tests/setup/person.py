"""A person with a browser that follows links and presses buttons over real HTTP, and remembers."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin

from tests.processes import PATIENCE


class _Page(HTMLParser):
    """The forms and links of a page; a button belongs to the form around it."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.links, self._inside, self._words = [], [], None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "form":
            self._inside = {**found, "fields": {}, "buttons": []}
            self.forms.append(self._inside)
        elif tag == "input" and self._inside is not None and found.get("name"):
            if found.get("type") != "radio" or "checked" in found:
                self._inside["fields"][found["name"]] = found.get("value", "")
        elif tag == "a":
            self._words = ["", found.get("href", ""), self.links]
        elif tag == "button" and self._inside is not None:
            self._words = ["", "", self._inside["buttons"]]

    def handle_data(self, data):
        if self._words is not None:
            self._words[0] += data

    def handle_endtag(self, tag):
        if tag in {"a", "button"} and self._words is not None:
            words, href, where = self._words
            where.append((words.strip(), href))
            self._words = None
        elif tag == "form":
            self._inside = None


class Person:
    """*clicks* counts what a hand did; `forwarded` is what the page's own script does."""

    def __init__(self, jar=None):
        self.jar = jar or CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar)
        )
        self.clicks, self.status, self.url, self.text = 0, 0, "", ""
        self.visited, self.silent = [], False

    def opens(self, url, data=None):
        self.visited.append(url)
        # https://fetch.spec.whatwg.org: a page without a referrer posts without an origin
        headers = {"Origin": "null"} if data is not None and self.silent else {}
        request = urllib.request.Request(url, data, headers)
        try:
            with self._opener.open(request, timeout=PATIENCE) as answer:
                self.status, self.url = answer.status, answer.url
                self.text = answer.read().decode()
                self.silent = answer.headers.get("Referrer-Policy") == "no-referrer"
        except urllib.error.HTTPError as answer:
            with answer:
                self.status, self.url, self.text = answer.code, answer.url, answer.read().decode()
        return self

    def in_a_new_tab(self):
        """The same page, in the same session."""
        other = Person(self.jar)
        other.url, other.text, other.silent = self.url, self.text, self.silent
        return other

    def follows(self, words):
        """Click a link."""
        self.clicks += 1
        [href] = {href for text, href in _Page(self.text).links if words in text}
        return self.opens(urljoin(self.url, href))

    def presses(self, words, **typed):
        """Click a button, after typing something into its form."""
        self.clicks += 1
        return self._sends(words, typed)

    def presses_of(self, words, action, name):
        """Click a button that stands outside of its form, by the `form` attribute."""
        self.clicks += 1
        button = rf'<button form="\w+" name="{name}" value="([^"]*)">{words}'
        [value] = re.findall(button, self.text)
        [form] = [one for one in _Page(self.text).forms if one.get("action") == action]
        data = urlencode({**form["fields"], name: value}).encode()
        return self.opens(urljoin(self.url, action), data)

    def forwarded(self):
        """What the page's script does without a click."""
        return self._sends("Go to", {})

    def _sends(self, words, typed):
        forms = _Page(self.text).forms
        [form] = [one for one in forms if any(words in text for text, _ in one["buttons"])]
        data = urlencode({**form["fields"], **typed}).encode()
        return self.opens(urljoin(self.url, form["action"]), data)
