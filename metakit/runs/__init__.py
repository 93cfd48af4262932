"""What drives a model: stages found on disk, runs, sessions, ensembles, and their files."""
