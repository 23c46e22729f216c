"""GitHub's REST API, as far as an App like ours needs it: https://docs.github.com/rest."""
