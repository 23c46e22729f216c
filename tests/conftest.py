"""What every package of tests may use."""

from tests.postgres import migrated_postgres, postgres, postgres_url

__all__ = ["migrated_postgres", "postgres", "postgres_url"]
