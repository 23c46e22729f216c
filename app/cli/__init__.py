"""
Commands that need no server: each module has `add_parser(subparsers)` and `run(args) -> int`.

Exit codes: 0 fine, 1 the answer is no, 2 usage. Answers go to standard output, errors to standard
error.
"""
