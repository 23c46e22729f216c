"""Whatever one organisation does, another one's change arrives: real processes, each attack once."""

from benchmarks import neighbours


def test_a_neighbours_change_arrives_beside_every_attack():
    rows = neighbours.rows(tiny=True)

    assert len(rows) == len(neighbours.ATTACKS) + 1
    assert all(row.ours.values for row in rows)
