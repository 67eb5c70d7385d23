"""The parts of a local platform that are the same for all: listening, delivering, waiting, scripted answers."""
