"""Measurements, side by side with what they are compared with; outside the tests."""
