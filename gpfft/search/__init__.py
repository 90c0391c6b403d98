"""Where DEAP meets the encodings: the toolbox, and the one loop that evolves."""
