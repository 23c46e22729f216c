"""Visiting every state that jobs can get into, one move of one job at a time."""


def explore(start, moves, check, canonical):
    """
    Visit every state; fail in the first in which *check* does, with the way there.

    *moves* names what each job of a state may do next: ``(what, number, the job afterwards)``.
    States that *canonical* makes equal are visited once. How many there are.
    """
    seen: dict[object, tuple[str, ...]] = {start: ()}
    todo = [start]
    while todo:
        jobs = todo.pop()
        check(jobs, seen[jobs])
        for what, number, after in moves(jobs):
            then = canonical((*jobs[:number], after, *jobs[number + 1 :]))
            if then not in seen:
                seen[then] = (*seen[jobs], f"{number} {what}")
                todo.append(then)
    return len(seen)
