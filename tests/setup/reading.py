"""What people read on a page, as lines: headings, text, links, fields and buttons."""

from __future__ import annotations

from html.parser import HTMLParser

BLOCKS = {
    "h1": "# ",
    "h2": "## ",
    "p": "",
    "li": "- ",
    "dt": "- ",
    "dd": "  ",
    "legend": "",
    "tr": "- ",
}
"""Elements that begin a line, and what stands before it."""


class Page(HTMLParser):
    """The lines of `main`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self._inside = self._kept = False
        self._url: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self._inside = self._inside or tag == "main"
        self._kept = self._kept or tag == "pre"
        if tag in BLOCKS or tag in {"label", "form", "pre", "button"}:
            self.lines.append(BLOCKS.get(tag, ""))
        if tag == "a":
            self._url.append(has["href"])
        if tag == "button":
            self.lines[-1] += "["
        if tag == "input" and has["type"] == "radio":
            self.lines[-1] += "(x) " if "checked" in has else "( ) "
        elif tag == "input" and has["type"] != "hidden":
            self.lines.append(f"_{has.get('value') or has.get('placeholder', '')}_")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "main"
        self._kept = self._kept and tag != "pre"
        if tag == "a":
            self.lines[-1] += f" <{self._url.pop()}>"
        if tag == "button":
            self.lines[-1] += "]"
        if tag in {"th", "pre"}:
            self.lines[-1] += ": " if tag == "th" else "\n"
        if tag in {"button", "label", "p", "form"}:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self._inside:
            return
        if self._kept:
            self.lines[-1] += "\n    ".join(["", *data.splitlines()])
        else:
            blank = " " if data[:1].isspace() and self.lines[-1][-1:].strip() else ""
            self.lines[-1] += blank + " ".join(data.split()) + " " * data[-1:].isspace()


def read(page: str) -> str:
    """What stands in *page*, which is no page where a program would be answered so, too."""
    if "<main>" not in page:
        return page.strip()
    reader = Page()
    reader.feed(page)
    return "\n".join(line.rstrip() for line in reader.lines if line.strip(" -#_"))
