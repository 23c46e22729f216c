"""Hostile inputs by seed, over every parser of what others write: no crash, hang, wrong verdict."""
