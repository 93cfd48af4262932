"""What everything is made of: parameters, states, grids, hand-overs, sources; knows nothing of the rest."""
