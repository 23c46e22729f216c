"""
What the server is told by its environment: read once, checked as a whole, never changed after.

The variables are those of the fixed interface; whatever is wrong is reported together.
"""

from app.settings.model import GitHubSettings, Settings, SettingsError
from app.settings.reader import SCOPES, LogFormat, Scope
from app.settings.secret import ApiToken, Secret

__all__ = [
    "SCOPES",
    "ApiToken",
    "GitHubSettings",
    "LogFormat",
    "Scope",
    "Secret",
    "Settings",
    "SettingsError",
]
