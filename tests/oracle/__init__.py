"""
A slow, simple model of docs/behaviour.md, written from that page alone.

It shares no decision with the product: it imports the product's names and records, nothing else of
it. Every answer is a set of what is allowed, and every complaint begins with the rule's id.
"""
