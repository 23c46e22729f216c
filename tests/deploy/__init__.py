"""The files of manifests/deploy, started as far as a machine can start them."""
