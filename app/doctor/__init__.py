"""`stagelock doctor`: what stands between this server and its work, a line for each thing."""
