"""The tissue engine: fields, moves, one step; shared by the tissue-scale stages."""
