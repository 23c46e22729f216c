"""The requests of a generic profile: method, path, body, and what their answers mean."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.config.fields import Fields, fields
from app.core.config.report import Report, shown
from app.core.config.tables import table
from app.core.config.values import choice, filled, is_null, is_text, wrong_type
from app.core.config.yamldoc import Map, Node, Reported, Scalar, Seq
from app.core.model.lock_services import LockAsked
from app.core.model.pipeline import Mark
from app.settings.lock_conditions import BadExpression, Condition, Expression, Statuses
from app.settings.lock_profiles import DENIED, VERBS, ServiceCall, Verb
from app.settings.lock_templates import JsonTemplate, Template, json_template, template

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "LOCK", "UNLOCK")
CALL = table("method path body success busy refused gone holder token", "method")
FINE = frozenset({200, 201, 204})
TAKEN = frozenset({409, 423})
ABSENT: Condition = Statuses(frozenset({404, 410}))
NEVER: Condition = Statuses(frozenset())
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "content-type", "te", "upgrade"}
)
_SAMPLE = LockAsked('a"b\\c', "owner", "token")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a profile is read."""

    report: Report
    """What is wrong goes there."""
    environ: Mapping[str, str]
    where: str
    """How the place is called."""


def read_template(place: Place, text: str, mark: Mark) -> Template | None:
    """Read a text with places; None, and told, where one is not known."""
    return template(text, place.environ, lambda why: place.report.add(mark, "bad-template", why))


def read_headers(place: Place, node: Node | None) -> dict[str, Template]:
    """Read `headers`, but for those that belong to the request itself."""
    if node is None or isinstance(node, Reported):
        return {}
    if not isinstance(node, Map):
        wrong_type(place.report, node, "headers", "a mapping from names to texts")
        return {}
    headers = {}
    for key, value in node.entries:
        if not _HEADER.fullmatch(key.value) or key.value.lower() in _OURS:
            message = f"`{shown(key.value)}` is no header that a profile may set"
            place.report.add(key.mark, "wrong-value", message)
        said = filled(place.report, value, key.value)
        made = read_template(place, said.value, said.mark) if said else None
        if made is not None:
            headers[key.value] = made
    return headers


def read_calls(place: Place, keys: Fields) -> dict[Verb, ServiceCall]:
    """Read those of a generic profile."""
    calls: dict[Verb, ServiceCall] = {}
    for verb in VERBS:
        node = keys.get(verb)
        call = fields(place.report, node, f"`{verb}`", CALL) if node else None
        if node is not None and call is not None:
            calls[verb] = _call(place, verb, call, node)
    return calls


def _call(place: Place, verb: Verb, call: Fields, node: Node) -> ServiceCall:
    report = place.report
    method = call.get("method")
    made = ServiceCall(
        (method and choice(report, method, "method", METHODS)) or "GET",
        _path(place, call.get("path")),
        _body(place, call.get("body")),
        _condition(report, call.get("success"), "success", Statuses(FINE)),
        _condition(report, call.get("busy"), "busy", Statuses(TAKEN)),
        _condition(report, call.get("refused"), "refused", Statuses(DENIED)),
        _condition(
            report,
            call.get("gone"),
            "gone",
            NEVER if verb == "acquire" else ABSENT,
        ),
        _expression(report, call.get("holder"), "holder"),
        _expression(report, call.get("token"), "token"),
    )
    by_status = isinstance(made.success, Statuses)
    asks = made.path.names_asker() or (made.body is not None and made.body.names_asker())
    if verb == "inspect" and by_status and not asks:
        message = (
            "`inspect` must tell whose lock it is: give `success` an expression such as "
            "`body.owner == lock.owner`, or ask with `${{ lock.owner }}` in `path` or `body`"
        )
        report.add(node.mark, "inspect-tells-nothing", message)
    return made


def _path(place: Place, node: Node | None) -> Template:
    said = filled(place.report, node, "path") if node else None
    if said is None:
        return Template()
    if not said.value.startswith(("/", "?")) or "#" in said.value or not said.value.isascii():
        message = "`path` must begin with `/` or `?`, in plain characters, and holds no `#`"
        place.report.add(said.mark, "wrong-value", message, f"/{said.value}")
    return read_template(place, said.value, said.mark) or Template()


def _body(place: Place, node: Node | None) -> JsonTemplate | None:
    """Read JSON, as a text or as a mapping of YAML."""
    if node is None or isinstance(node, Reported):
        return None
    text = node.value if isinstance(node, Scalar) and is_text(node) else _json(node)
    template = read_template(place, text, node.mark)
    if template is None:
        return None
    made = json_template(template)
    try:
        json.loads(made.filled(_SAMPLE))
    except ValueError as error:
        message = f"`body` is not JSON once it is filled in: {error}"
        place.report.add(node.mark, "wrong-value", message)
    return made


def _json(node: Node) -> str:
    match node:
        case Map(entries):
            pairs = (f"{json.dumps(key.value)}: {_json(value)}" for key, value in entries)
            return f"{{{', '.join(pairs)}}}"
        case Seq(items):
            return f"[{', '.join(_json(item) for item in items)}]"
        case Scalar() if is_null(node):
            return "null"
        case Scalar(value) if is_text(node):
            return json.dumps(value)
        case Scalar(value):
            return value.lower() if value.lower() in ("true", "false") else value
        case _:
            return "null"


def _condition(report: Report, node: Node | None, key: str, usual: Condition) -> Condition:
    if node is None or isinstance(node, Reported):
        return usual
    if isinstance(node, Seq):
        return _statuses(report, node, key)
    expression = _expression(report, node, key)
    if expression is not None and expression.kind not in ("BOOL", "DYN"):
        message = f"`{key}` must be true or false, and this is {expression.kind.lower()}"
        report.add(node.mark, "bad-expression", message)
    return expression or usual


def _statuses(report: Report, node: Seq, key: str) -> Statuses:
    statuses = set()
    for item in node.items:
        if isinstance(item, Scalar) and item.plain and re.fullmatch("[2-5][0-9][0-9]", item.value):
            statuses.add(int(item.value))
        else:
            wrong_type(report, item, key, "a list of statuses such as 200")
    if any(300 <= status < 400 for status in statuses):
        report.add(node.mark, "wrong-value", f"`{key}` has a redirect: none is followed")
    return Statuses(frozenset(statuses))


def _expression(report: Report, node: Node | None, key: str) -> Expression | None:
    said = filled(report, node, key) if node else None
    if said is None:
        return None
    try:
        return Expression(said.value)
    except BadExpression as why:
        report.add(said.mark, "bad-expression", f"`{key}` is no expression of CEL: {why}")
        return None
