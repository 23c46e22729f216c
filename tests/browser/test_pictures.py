"""The pictures of docs/install.md: one a step, small, and drawn by one script."""

from __future__ import annotations

import base64
import re
import struct
from pathlib import Path

from tests.browser.palette import reduced
from tests.browser.pictures import IMAGES

INSTALL = IMAGES.parent / "install.md"
SCRIPT = Path(__file__).with_name("pictures.py")
LARGEST = 40_000
"""Bytes of a picture: people clone them all."""
FARTHEST = """
async ([one, other]) => {
  const drawn = [];
  for (const url of [one, other]) {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    drawn.push(canvas.getImageData(0, 0, image.width, image.height).data);
  }
  return drawn[0].reduce((most, sample, at) => Math.max(most, Math.abs(sample - drawn[1][at])), 0);
}
"""


def url_of(png):
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def test_few_colours_stay_as_they_are_with_fewer_bytes(page):
    stripes = "".join(
        f'<p style="background:hsl({n * 37} 70% 50%);margin:0;height:9px">' for n in range(40)
    )
    page.set_content(stripes)
    before = page.screenshot()

    after = reduced(before)

    assert len(after) < len(before)
    assert page.evaluate(FARTHEST, [url_of(before), url_of(after)]) == 0


def test_of_more_colours_than_a_palette_holds_each_stays_near(page):
    page.set_content(
        "".join(f'<h2 style="color:hsl({n * 30} 80% 40%)">Letters, {n}</h2>' for n in range(12))
    )
    before = page.screenshot()

    assert page.evaluate(FARTHEST, [url_of(before), url_of(reduced(before))]) < 60


def test_each_picture_of_the_paper_is_drawn_by_the_script_and_each_of_the_script_is_shown():
    shown = re.findall(r"\(images/setup-([a-z]+)\.png\)", INSTALL.read_text(encoding="utf-8"))
    drawn = re.findall(r'camera\.takes\("([a-z]+)"', SCRIPT.read_text(encoding="utf-8"))

    assert sorted(shown) == sorted(drawn)
    assert {f"setup-{name}.png" for name in drawn} == {
        path.name for path in IMAGES.glob("setup-*.png")
    }


def test_they_are_small_and_have_a_palette():
    for path in IMAGES.glob("setup-*.png"):
        data = path.read_bytes()
        assert len(data) <= LARGEST, path.name
        assert struct.unpack(">B", data[25:26])[0] == 3, path.name
