"""A world whose CI says nothing by itself."""

from __future__ import annotations

from app.sql.schema.line_tables import line_commits, line_fires, line_looks, line_tips, lines
from tests.simulation.pipelines import text
from tests.simulation.world import World

COPY = [{"uses": "copy", "with": {"from": "apps/a", "to": "web"}}]
DEV = {"path": "stages/dev", "steps": COPY}


class Quiet(World):
    """A world whose CI says nothing by itself."""

    def __init__(self, document, seed=0):
        super().__init__(document, seed)
        self.ci.silence()

    def ticks(self, count=3):
        for _ in range(count):
            self.tick()

    def push(self, files, branch="main"):
        sha = self.server.commit(branch, files)
        self.ticks()
        return sha

    def check(self, sha, name, conclusion="success"):
        self.forge.conclude(self.forge.start(sha, name), conclusion)

    def minted(self):
        return [f.id.sha for f in self.watched.history.load(1).freights]

    def rows(self, stage):
        return [p for p in self.watched.history.load(1).promotions if p.stage == stage]

    def forget_lines(self):
        with self.store.database.write("lose rows") as connection:
            for table in (lines, line_tips, line_commits, line_looks, line_fires):
                connection.execute(table.delete())

    def made(self, tip, files):
        """A person's commit on *tip*, pushed later."""
        sha = self.server.made(tip, files)
        self.server.people.add(sha)
        return sha

    def foxtrot(self, old, files):
        """Somebody commits on *old*, pulls by merge and pushes: main is a second parent."""
        main = self.server.tips["main"]
        mine = self.made(old, files)
        tree = self.server.merged_tree(mine, main)
        assert tree is not None
        return self.server.push("main", self.server.written(tree, [mine, main], "Merge"))


def a_world(stages, warehouses=None, **files):
    document = {
        "version": 1,
        "locks": {"one": {"permits": 1}},
        "warehouses": warehouses or {"w0": {"paths": ["apps/a"]}},
        "stages": {name: {"freight": "w0", **stage} for name, stage in stages.items()},
    }
    world = Quiet(document)
    first = {"apps/a/x": b"0", "stagelock.yaml": text(document), **files}
    world.server.commit("main", first)
    return world
