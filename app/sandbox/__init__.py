"""
A stand-in for GitHub on this machine: Git over HTTP, REST, signed webhooks and a page.

It serves the demo, the flow tests and `stagelock sandbox`. Begin with `server.Sandbox`.
"""
