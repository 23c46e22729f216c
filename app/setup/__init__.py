"""Set-up: from an empty data folder to an App that GitHub knows, for one person, once."""
