"""
`/api/v1`: for programs. A route is one function, and a line of `table.ROUTES`.

What it needs of its caller, its description in `openapi.json` and its place follow from that line.
"""
