"""What in a file a promotion could change: image tags; and the base that an overlay names."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

import yaml

from app.core.model.steps import Value
from app.core.yamledit.editor import Document, EditProblem, set_keys
from app.core.yamledit.key_paths import MAX_KEY_LENGTH, Key, Segment, format_key
from app.core.yamledit.walk import child, mappings, text, texts

MOST_TAGS = 20
"""Of one file: more are no image tags of one application."""
_ALONE = ("imageTag", "image_tag")


def image_tags(data: bytes) -> tuple[str, ...] | None:
    """
    The key paths of *data* that name an image's tag and can be set, in the order of the file;
    None where the file cannot be read.
    """
    document = Document(data)
    if document.root is None:
        return None
    keys_found = (format_key(way) for way in _tags(document.root))
    keys = [
        key for key in dict.fromkeys(keys_found) if len(key) <= MAX_KEY_LENGTH and key.isprintable()
    ]
    return tuple(key for key in keys[:MOST_TAGS] if _can_be_set(data, key))


def base_of(data: bytes, folder: str) -> str | None:
    """The folder above that a kustomization of *folder* takes its resources from, if it has one."""
    root = Document(data).root
    named = (*texts(child(root, "resources")), *texts(child(root, "bases")))
    for name in named:
        place = posixpath.normpath(posixpath.join(folder, name))
        if name.startswith("../") and not place.startswith(("../", "/")) and place != "..":
            return place
    return None


def _tags(root: yaml.Node) -> Iterator[tuple[Segment, ...]]:
    for way, node in mappings(root):
        if _is_image(way) and text(node, "newTag") is not None:
            yield (*way, Key("newTag"))
        last = way[-1] if way else None
        of_image = isinstance(last, Key) and last.name.lower().endswith("image")
        if of_image and text(node, "tag") is not None:
            yield (*way, Key("tag"))
        yield from ((*way, Key(name)) for name in _ALONE if text(node, name) is not None)


def _is_image(way: tuple[Segment, ...]) -> bool:
    """An item of the list `images` at the root of a kustomization."""
    return len(way) == 2 and way[0] == Key("images")


def _can_be_set(data: bytes, key: str) -> bool:
    try:
        return not isinstance(set_keys(data, {key: Value("0000000")}), EditProblem)
    except ValueError:
        return False
