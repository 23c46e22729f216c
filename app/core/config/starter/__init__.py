"""A starter `stagelock.yaml`: what a repository holds in, and the stages that it suggests out."""
