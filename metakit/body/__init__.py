"""The body at the scale of organs: flows, gates, colonies, growth curves, origins; shared by the body-scale stages."""
