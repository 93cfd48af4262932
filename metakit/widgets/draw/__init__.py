"""What pictures are made of; no widgets."""
