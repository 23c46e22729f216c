"""Why a repository is not served: kept with it, and told to whoever asks."""

SUSPENDED = "the installation of the App is suspended"
UNINSTALLED = "the App is not installed here any more"
REMOVED = "the repository was taken out of the App's installation"
DELETED = "the repository was deleted"
ARCHIVED = "the repository is archived"
