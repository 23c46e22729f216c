"""JSON objects in GitHub's published shape, for REST answers and webhooks alike."""
