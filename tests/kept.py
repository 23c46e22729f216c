"""An App as set-up keeps it."""

from __future__ import annotations

from app.settings import Secret
from app.settings.kept import KeptApp
from tests.keys import KEY

APP = KeptApp(
    app_id=4242,
    slug="stagelock-acme",
    owner="acme",
    page="https://ghe.acme.example/github-apps/stagelock-acme",
    private_key=Secret(KEY),
    webhook_secret=Secret("canary-hook"),
    client_id="Iv1.1",
    client_secret=Secret("canary-client"),
    github_url="https://ghe.acme.example",
    public_url="https://stagelock.acme.example",
)
