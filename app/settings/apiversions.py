"""The versions of GitHub's REST API that we speak, oldest first."""

from __future__ import annotations

OLDEST, NEWEST = "2022-11-28", "2026-03-10"
API_VERSIONS = (OLDEST, NEWEST)
"""
https://docs.github.com/rest/about-the-rest-api/api-versions

GitHub Enterprise Server up to 3.19 knows the oldest one only, and answers 400 to others.
"""
