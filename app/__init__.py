"""
Stagelock: promotes changes through the stages of a Git repository, behind visible locks.

Data flows one way: `web/webhook` -> `sql/queue/inbox` -> `engine/queue/worker` ->
`engine/survey/survey` (ports -> Snapshot) -> `core/planning/plan` (Snapshot -> Plan) ->
`engine/actions/dispatch` -> survey again until the plan is empty.
"""
