"""Why a grant is suspect after a rebuild, as a code: it decides when the grant is held again."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

SENTENCE = "the records were rebuilt; whether its job still runs is not known yet"


def upgrade() -> None:
    requests = sa.table("lock_requests", sa.column("reason", sa.Text()))
    op.execute(requests.update().where(requests.c.reason == SENTENCE).values(reason="unprobed"))
