"""A person's page in the REST API."""

from __future__ import annotations

from app.sandbox.github.hub import Hub
from app.sandbox.github.model import User
from app.sandbox.github.payloads.basic import Json, user

_UNTOLD = (
    "company",
    "location",
    "email",
    "hireable",
    "bio",
    "twitter_username",
)
_COUNTS = ("public_repos", "public_gists", "followers", "following")
_LONG_AGO = "2008-01-14T04:33:35Z"


def public_user(hub: Hub, who: User) -> Json:
    """https://docs.github.com/rest/users/users#get-a-user-using-their-id"""
    return {
        **user(hub, who),
        "user_view_type": "public",
        "name": who.name,
        "blog": "",
        **dict.fromkeys(_UNTOLD),
        **dict.fromkeys(_COUNTS, 0),
        "created_at": _LONG_AGO,
        "updated_at": _LONG_AGO,
    }
