"""External lock services over HTTP, each by a profile of the server's settings."""

from app.lockservices.registry import open_services

__all__ = ["open_services"]
