"""What an edit of a YAML file may change (one scalar) and what it refuses."""

import json as stdlib_json
import string

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.core.model.steps import Value
from app.core.yamledit.editor import EditProblem, get_value, set_keys
from app.core.yamledit.scalars import read_back, spelled


def edited(text: str, key: str, new: str, *, is_text: bool = True, json: bool = False) -> str:
    made = set_keys(text.encode(), {key: Value(new, is_text=is_text)}, json=json)
    assert isinstance(made, bytes), made
    return made.decode()


def refused(text: str, **values: str) -> str:
    made = set_keys(text.encode(), {key: Value(v) for key, v in (values or {"tag": "v2"}).items()})
    assert isinstance(made, EditProblem), made
    return made.message


@pytest.mark.parametrize(
    ("before", "key", "new", "after"),
    [
        ("tag: v1\n", "tag", "v2", "tag: v2\n"),
        ("tag:   v1  # pinned\n", "tag", "v2", "tag:   v2  # pinned\n"),
        ("tag: 'v1'\n", "tag", "it's", "tag: 'it''s'\n"),
        ('tag: "v1"\n', "tag", 'a"b\\', 'tag: "a\\"b\\\\"\n'),
        ("tag: v1\r\nb: 2\r\n", "tag", "v2", "tag: v2\r\nb: 2\r\n"),
        ("\ufefftag: v1\n", "tag", "v2", "\ufefftag: v2\n"),
        ("é: ü  # ß\ntag: v1\n", "tag", "größe", 'é: ü  # ß\ntag: "größe"\n'),
        ("image: {name: web, tag: v1}\n", "image.tag", "v2", "image: {name: web, tag: v2}\n"),
        ("tag:\n", "tag", "v2", "tag: v2\n"),
        ("tag:", "tag", "v2", "tag: v2"),
        ("tag:   # none yet\nb: 1\n", "tag", "v2", "tag: v2   # none yet\nb: 1\n"),
        ("a: [x, y]\n", "a[1]", "z", "a: [x, z]\n"),
        ("i:\n- name: a\n  t: 1\n- name: b\n  t: 2\n", "i[name=b].t", "x", None),
        ("- tag: v1\n- tag: v1\n", "[1].tag", "v2", "- tag: v1\n- tag: v2\n"),
        ("- {name: web, tag: v1}\n", "[name=web].tag", "v2", "- {name: web, tag: v2}\n"),
        ("- a\n- b\n", "[0]", "c", "- c\n- b\n"),
        ("a:\n  - one\n  -\n", "a[1]", "two", "a:\n  - one\n  - two\n"),
        ("---\n# head\ntag: v1\n...\n", "tag", "v2", "---\n# head\ntag: v2\n...\n"),
        ("tag: one\n  two\nb: 1\n", "tag", "three", "tag: three\nb: 1\n"),
        ("b: &x {c: 1}\nd: *x\ntag: v1\n", "tag", "v2", "b: &x {c: 1}\nd: *x\ntag: v2\n"),
    ],
)
def test_only_the_value_changes(before, key, new, after):
    made = edited(before, key, new)

    assert made == (after or before.replace("t: 2", "t: x"))
    assert get_value(made.encode(), key) == Value(new)


@pytest.mark.parametrize(
    "new",
    ["1", "1.0", "1e3", "12e4567", "0x1f", "0o17", "1_000", "true", "no", "null", "~", "",
     "2024-01-02", "190:20:30", "y", ".5", "+1", "- a", "a: b", "a #b", "*x", "&x", "!t", "{", "a,"],
)  # fmt: skip
def test_a_text_stays_a_text_where_it_looks_like_something_else(new):
    """A short commit id of digits only, unquoted, would be a number to everything that reads it."""
    made = edited("tag: v1\nb: 1\n", "tag", new)

    assert yaml.safe_load(made) == {"tag": new, "b": 1}
    assert made.startswith('tag: "')


@pytest.mark.parametrize("old", ["0", "1.0", "12:30:45", "no", "~", "", "latest", "2024-01-02"])
@pytest.mark.parametrize("new", ["2896334", "0614133", "12e4567", "1.10", "true", "null"])
def test_a_text_is_a_text_whatever_stood_there(old, new):
    """A number as placeholder makes no number of a commit id of digits."""
    assert edited(f"tag: {old}\n", "tag", new).rstrip() == f'tag: "{new}"'


@pytest.mark.parametrize(("old", "new"), [("3", "5"), ("v1", "2"), ("true", "false"), ("~", "1.5")])
def test_a_number_or_a_boolean_is_written_plain(old, new):
    assert edited(f"n: {old}\n", "n", new, is_text=False) == f"n: {new}\n"


@pytest.mark.parametrize(("old", "new"), [("'3'", "'5'"), ('"3"', '"5"')])
def test_what_stood_in_quotes_stays_in_quotes(old, new):
    assert edited(f"n: {old}\n", "n", "5", is_text=False) == f"n: {new}\n"
    assert edited(f"n: {old}\n", "n", "5") == f"n: {new}\n"


def test_the_same_digits_as_a_number_are_another_value():
    assert edited("tag: 2896334\n", "tag", "2896334") == 'tag: "2896334"\n'
    assert edited("tag: 12e4567\n", "tag", "12e4567") == 'tag: "12e4567"\n'


@pytest.mark.parametrize(
    ("before", "key", "new", "after"),
    [
        ('{"build": 0}\n', "build", "0222a1b", '{"build": "0222a1b"}\n'),
        ('{"build": null}\n', "build", "v1", '{"build": "v1"}\n'),
        ('{"build": "a"}\n', "build", 'q"\\\n\x07', '{"build": "q\\"\\\\\\n\\u0007"}\n'),
        ('{\n\t"a": {"b": true}\n}\n', "a.b", "x", '{\n\t"a": {"b": "x"}\n}\n'),
        ('[{"name": "web", "tag": 1}]', "[name=web].tag", "2", '[{"name": "web", "tag": "2"}]'),
    ],
)
def test_json_stays_json(before, key, new, after):
    made = edited(before, key, new, json=True)

    assert made == after
    assert stdlib_json.loads(made)


@pytest.mark.parametrize(
    "value",
    [
        '"\\ud83d\\ude80"',
        '"\\uD83D\\uDE80 rocket"',
        '"two  \\ud83d\\ude80\\ud83d\\ude80\\n and more"',
        '"half \\ud83d, \\ude80"',
        r'"no escape: \\ud83d\\ude80, \\\\ud83d"',
    ],
)
def test_json_may_spell_characters_as_halves(value):
    """As every writer does that keeps to ASCII."""
    before = f'{{\n\t"u": {value}, "a": "x",\n\t"b": [{value}]}}\n'
    assert edited(before, "a", "w", json=True) == before.replace('"x"', '"w"')
    assert edited(before, "u", "w", json=True) == before.replace(value, '"w"', 1)
    assert get_value(before.encode(), "a", json=True) == Value("x")


def test_what_is_wrong_in_json_is_said_where_it_stands():
    problem = set_keys(b'{"u": "\\ud83d\\ude80",\n "a" "x"}', {"a": Value("w")}, json=True)
    assert isinstance(problem, EditProblem)
    assert problem.message.startswith("the file is not valid JSON: ")
    assert "(line 2, column 6)" in problem.message


def test_what_json_spells_as_halves_is_read_as_the_character():
    text = '{"u": "a \\ud83d\\ude80 b"}'
    assert get_value(text.encode(), "u", json=True) == Value("a \N{ROCKET} b")
    assert edited(text, "u", "a \N{ROCKET} b", json=True) == text


def test_a_number_in_json_is_written_plain_where_json_knows_it():
    assert edited('{"n": 1}', "n", "20", is_text=False, json=True) == '{"n": 20}'
    assert edited('{"n": 1}', "n", "2026-01-01", is_text=False, json=True) == '{"n": "2026-01-01"}'


@pytest.mark.parametrize(
    ("told", "json"),
    [
        ("True", "true"),
        ("no", "false"),
        ("0x1F", "31"),
        ("0b11", "3"),
        ("1_000", "1000"),
        ("+5", "5"),
    ],
)
def test_a_number_or_a_boolean_keeps_its_type_in_json_however_yaml_spells_it(told, json):
    assert edited('{"n": 1}', "n", told, is_text=False, json=True) == f'{{"n": {json}}}'
    assert edited('{"n": "1"}', "n", told, is_text=False, json=True) == f'{{"n": "{json}"}}'


@pytest.mark.parametrize("new", ["1.2.3", "sha-4f2a91c", "repo/web:v1", "v1 beta", "a-b_c.d"])
def test_a_harmless_text_gets_no_quotes(new):
    assert edited("tag: v1\n", "tag", new) == f"tag: {new}\n"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("tag: |\n  v1\n", "block of text"),
        ("tag: &t v1\nb: *t\n", "alias"),
        ("tag: &t v1\n", "anchor or a tag"),
        ("tag: !!str 5\n", "anchor or a tag"),
        ("tag: v1\ntag: v2\n", "2 times"),
        ("tag: [v1]\n", "no single value"),
        ("other: v1\n", "there is no tag"),
        ("{tag}\n", "cannot be set here"),
        ("tag: v1\n---\ntag: v2\n", "2 documents"),
        ("", "0 documents"),
        ("tag: 'v1\n", "not valid YAML"),
        ("tag: \x07\n", "not valid YAML"),
        ("[" * 1000, "levels deep"),
    ],
)
def test_what_cannot_be_edited_alone_is_refused(text, word):
    assert word in refused(text)


def test_a_value_below_an_alias_is_refused():
    """Editing it once would change it in two places, one of them not an output."""
    made = set_keys(b"a: &x {tag: v1}\nb: *x\n", {"a.tag": Value("v2")})

    assert isinstance(made, EditProblem)
    assert "alias" in made.message


def test_bytes_that_are_no_text_are_refused():
    assert isinstance(set_keys(b"tag: \xff\n", {"tag": Value("v2")}), EditProblem)
    assert get_value(b"tag: \xff\n", "tag") is None


def test_several_keys_are_set_together_or_not_at_all():
    text = b"a: 1\nb: {c: x}\n"

    assert set_keys(text, {"a": Value("x"), "b.c": Value("z")}) == b"a: x\nb: {c: z}\n"
    assert isinstance(set_keys(text, {"a": Value("x"), "b.d": Value("y")}), EditProblem)


def test_two_names_of_one_place_are_refused():
    made = set_keys(b"i: [{n: a, t: x}]\n", {"i[0].t": Value("y"), "i[n=a].t": Value("z")})

    assert isinstance(made, EditProblem)


def test_an_ambiguous_item_is_refused():
    assert "2 times" in refused("i: [{n: a, t: 1}, {n: a, t: 2}]\n", **{"i[n=a].t": "3"})


def test_a_value_that_is_there_already_stays_as_it_is_written():
    text = b"tag:  'v1'\nb: &x !!str 5\n"

    assert set_keys(text, {"tag": Value("v1")}) == text


def test_a_hostile_nest_of_aliases_takes_no_time():
    """Nine levels of nine aliases each are a billion nodes if anybody follows them."""
    lines = ["tag: v1", "a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 25)]

    assert "tag: v2" in edited("\n".join(lines) + "\n", "tag", "v2")


@pytest.mark.parametrize(
    "other",
    ["!!float '1.10'", "!!int '1.10'", "!!binary '1.10'", "!Ref '1.10'", "!!float 1.10", "1.10"],
)
def test_a_tag_of_its_own_makes_another_value(other):
    """Readers make a number, bytes, or whatever they like of it."""
    assert get_value(b"a: '1.10'\n", "a") == Value("1.10")
    assert get_value(b"a: !!str 1.10\n", "a") == Value("1.10")
    assert get_value(f"a: {other}\n".encode(), "a") != Value("1.10")


@pytest.mark.parametrize("text", ["12e4567", "1e5", "0o17", "y", "N", "+1e3", "1_0e1"])
def test_a_text_without_quotes_that_some_reader_takes_for_a_number_is_no_text(text):
    """YAML 1.2 and Go read other numbers than YAML 1.1 does: a short commit id may be one."""
    assert get_value(f"a: '{text}'\n".encode(), "a") == Value(text)
    assert get_value(f"a: {text}\n".encode(), "a") == Value(text, is_text=False)


def test_null_and_absent_are_told_apart():
    assert get_value(b"a:\n", "a") == Value("null", is_text=False)
    assert get_value(b"a: ~\n", "b") is None


def test_a_key_that_is_no_key_path_is_a_programming_error():
    with pytest.raises(ValueError):
        set_keys(b"a: 1\n", {"a[": Value("2")})


scalars = st.one_of(
    st.text(string.printable + "éß\u2028\x85 ", max_size=12),
    st.integers().map(str),
    st.floats(allow_nan=False).map(str),
    st.sampled_from(["yes", "null", "v1", "a b", "4f2a91c", "1234567", "x: y", "# no"]),
)


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), scalars, min_size=1, max_size=6),
    scalars,
    st.sampled_from([None, '"', "'"]),
    st.booleans(),
    st.data(),
)
def test_any_edit_leaves_every_other_value_as_it_was(document, new, quotes, flow, data):
    text = yaml.safe_dump(
        document, default_style=quotes, default_flow_style=flow, allow_unicode=True
    )
    document = yaml.safe_load(text)  # PyYAML does not write every text so that it reads it back
    key = data.draw(st.sampled_from(sorted(document)))

    made = set_keys(text.encode(), {key: Value(new)})

    assert isinstance(made, bytes), made
    assert yaml.safe_load(made) == {**document, key: new}


@given(scalars, st.booleans())
def test_a_spelling_is_read_back_as_the_value_that_it_spells(text, is_text):
    value = Value(text)
    if not is_text:
        found = get_value(f"a: {text}\n".encode(), "a")
        value = found if found is not None and not found.is_text else value

    assert read_back(spelled(value)) == value
