"""`service` of a lock group: which external lock service has to grant it, and for what."""

from __future__ import annotations

from app.core.config.fields import fields
from app.core.config.report import Report, shown
from app.core.config.tables import SERVICE
from app.core.config.values import check_name, filled, text, wrong_type
from app.core.config.yamldoc import Map, Node, Scalar
from app.core.model.lock_services import ServiceUse
from app.core.model.names import GroupName


def read_service(report: Report, node: Node | None, group: GroupName) -> ServiceUse | None:
    """Read a profile's name, or `{name, resource}`; the resource is called like the *group*."""
    match node:
        case None:
            return None
        case Scalar():
            name = text(report, node, "service")
            if name is not None:
                check_name(report, name.value, name.mark, "lock service")
            return ServiceUse(name.value, group) if name is not None else None
        case Map():
            return _mapping(report, node, group)
        case _:
            wrong_type(report, node, "service", "a name, or `{name, resource}`")
            return None


def _mapping(report: Report, node: Map, group: GroupName) -> ServiceUse | None:
    keys = fields(report, node, "`service`", SERVICE)
    name_node = keys.get("name") if keys else None
    name = text(report, name_node, "name") if name_node else None
    if name is not None:
        check_name(report, name.value, name.mark, "lock service")
    resource_node = keys.get("resource") if keys else None
    resource = filled(report, resource_node, "resource") if resource_node else None
    if resource is not None and {".", ".."} & set(resource.value.split("/")):
        message = f"`{shown(resource.value)}` is not allowed: no part of a resource is `.` or `..`"
        report.add(resource.mark, "wrong-value", message)
    if name is None:
        return None
    return ServiceUse(name.value, resource.value if resource is not None else group)
